#include "src/estimators/forward_estimate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/estimators/directions.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

TEST(ForwardEstimate, ATermIsItsDirectionTimesTheQuotientOverTheirNumber) {
  const std::int64_t d = 7;
  const Eigen::MatrixXd a = random_symmetric(1, d);
  const Eigen::VectorXd b = random_matrix(2, d, 1), x = random_matrix(3, d, 1);
  FunctionOracle oracle(quadratic(a, b), {x.begin(), x.end()});
  auto directions = seeded_directions({.seed = 4}, 3);
  directions[1].scale = 0.5;
  directions[2].scale = -3.0;
  const double eps = 0.25;
  const ForwardEstimate g = forward_estimate(oracle, directions, eps);
  EXPECT_EQ(oracle.ledger().base, 1);
  EXPECT_EQ(oracle.ledger().probe, 3);
  EXPECT_EQ(g.dropped, 0);
  ASSERT_EQ(g.terms.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(g.terms[i].seed, directions[i].seed);
    Eigen::VectorXd r(d);
    direction_entries(directions[i], 0, {r.data(), 7});
    r *= directions[i].scale;
    const double quotient = (a * x + b).dot(r) + 0.5 * eps * r.dot(a * r);
    // Losses below 2^10 are known to 2^-43; their difference over eps, times the scale, to 1e-11.
    EXPECT_NEAR(g.terms[i].scale, directions[i].scale * quotient / 3.0, 1e-11);
  }
}

TEST(ForwardEstimate, ItsMeanIsTheGradientOnQuadratics) {
  const std::int64_t d = 6, draws = 100000;
  const Eigen::MatrixXd a = random_symmetric(1, d);
  const Eigen::VectorXd b = random_matrix(2, d, 1), x = random_matrix(3, d, 1);
  FunctionOracle oracle(quadratic(a, b), {x.begin(), x.end()});
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(d), square = Eigen::VectorXd::Zero(d);
  const ForwardEstimate g = forward_estimate(oracle, seeded_directions({.seed = 5}, draws), 0.1);
  for (const DenseProbe& term : g.terms) {
    Eigen::VectorXd v(d);
    direction_entries(term, 0, {v.data(), 6});
    v *= term.scale * static_cast<double>(draws);
    sum += v;
    square += v.cwiseProduct(v);
  }
  const auto n = static_cast<double>(draws);
  const Eigen::VectorXd expected = a * x + b, mean = sum / n;
  for (std::int64_t i = 0; i < d; ++i) {
    const double error = std::sqrt((square[i] / n - mean[i] * mean[i]) / n);
    EXPECT_LT(std::abs(mean[i] - expected[i]), 4.5 * error);
  }
}

TEST(ForwardEstimate, DirectionsWithoutAFiniteLossAreLeftOutOfTheMean) {
  const auto half = [](std::span<const double> x, std::int64_t) {
    return x[0] > 0.0 ? std::nan("") : x[0];
  };
  FunctionOracle oracle(plain_layout(1), half, {0.0}, Precision::Float64);
  const auto directions = seeded_directions({.seed = 2}, 100);
  std::vector<DenseProbe> left;
  for (const DenseProbe& v : directions) {
    if (direction_entry(v, 0) <= 0.0) left.push_back(v);
  }
  ASSERT_GT(left.size(), 25u);
  ASSERT_LT(left.size(), 75u);
  const ForwardEstimate g = forward_estimate(oracle, directions, 1e-3);
  EXPECT_EQ(g.dropped, 100 - static_cast<std::int64_t>(left.size()));
  ASSERT_EQ(g.terms.size(), left.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    EXPECT_EQ(g.terms[i].seed, left[i].seed);
    EXPECT_NEAR(
        g.terms[i].scale, direction_entry(left[i], 0) / static_cast<double>(left.size()), 1e-15);
  }
}

TEST(ForwardEstimate, HasNoTermsWhenNoLossIsFinite) {
  const auto point = [](std::span<const double> x, std::int64_t) {
    return x[0] == 0.0 ? 1.0 : std::nan("");
  };
  FunctionOracle oracle(plain_layout(1), point, {0.0}, Precision::Float64);
  const ForwardEstimate g = forward_estimate(oracle, seeded_directions({.seed = 2}, 4), 1e-3);
  EXPECT_TRUE(g.terms.empty());
  EXPECT_EQ(g.dropped, 4);
}

}  // namespace
}  // namespace zo
