#include "src/estimators/rge.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

/// Mean and standard error of each entry over single-direction estimates.
struct Moments {
  Eigen::VectorXd mean, error;
};

template <class Estimate>
Moments moments(std::int64_t d, std::int64_t draws, Estimate estimate) {
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(d), square = Eigen::VectorXd::Zero(d);
  for (std::int64_t r = 0; r < draws; ++r) {
    const std::vector<double> g = estimate(r);
    const Eigen::Map<const Eigen::VectorXd> v(g.data(), d);
    sum += v;
    square += v.cwiseProduct(v);
  }
  const auto n = static_cast<double>(draws);
  const Eigen::VectorXd mean = sum / n;
  return {mean, ((square / n - mean.cwiseProduct(mean)) / n).cwiseSqrt()};
}

Layout two_tensors() {
  Layout layout;
  layout.append("first", {2}, Role::Linear);
  layout.append("second", {5}, Role::Linear);
  return layout;
}

TEST(RgePerTensor, MeanIsTheGradientTimesRadiusOverTensorSize) {
  const Eigen::VectorXd b = random_matrix(2, 7, 1);
  FunctionOracle oracle(two_tensors(),
                        quadratic(Eigen::MatrixXd::Zero(7, 7), b),
                        std::vector<double>(7, 0.0),
                        Precision::Float64);
  const double mu = 0.01;
  const Moments m = moments(7, 100000, [&](std::int64_t r) {
    return rge_per_tensor(oracle, mu, 1, {.seed = 5, .first = r}, {}).gradient;
  });
  for (std::int64_t i = 0; i < 7; ++i) {
    const double expected = b[i] * mu / (i < 2 ? 2.0 : 5.0);
    EXPECT_LT(std::fabs(m.mean[i] - expected), 4.5 * m.error[i]);
  }
}

TEST(RgePerTensor, EstimatesAtTheOffsetPoint) {
  // Same directions at x and, with offset c, at x − c: the same numbers up to rounding.
  const Eigen::MatrixXd a = random_symmetric(1, 7);
  const Eigen::VectorXd b = random_matrix(2, 7, 1);
  std::vector<double> x(7, 0.25), shifted = x, offset(7, 0.5);
  for (double& value : shifted) value -= 0.5;
  FunctionOracle at(two_tensors(), quadratic(a, b), x, Precision::Float64);
  FunctionOracle from(two_tensors(), quadratic(a, b), shifted, Precision::Float64);
  const auto g = rge_per_tensor(at, 1e-2, 20, {.seed = 3}, {}).gradient;
  const auto h = rge_per_tensor(from, 1e-2, 20, {.seed = 3}, offset).gradient;
  for (int i = 0; i < 7; ++i) EXPECT_NEAR(g[i], h[i], 1e-15);
  EXPECT_EQ(at.ledger().base, 1);
  EXPECT_EQ(at.ledger().probe, 20);
  EXPECT_EQ(from.ledger().base, 0);
  EXPECT_EQ(from.ledger().probe, 21);
}

TEST(RgePerTensor, AveragesOverItsDirectionsAlsoAcrossThePiecesTheyAreDrawnIn) {
  const Eigen::VectorXd b = random_matrix(2, 7, 1);
  FunctionOracle oracle(two_tensors(),
                        quadratic(Eigen::MatrixXd::Zero(7, 7), b),
                        std::vector<double>(7, 0.0),
                        Precision::Float64);
  const std::int64_t q = 19;
  const DirectionalGradient all = rge_per_tensor(oracle, 0.01, q, {.seed = 5}, {});
  EXPECT_EQ(all.used, q);
  std::vector<double> mean(7, 0.0);
  for (std::int64_t r = 0; r < q; ++r) {
    const auto one = rge_per_tensor(oracle, 0.01, 1, {.seed = 5, .first = r}, {}).gradient;
    for (int i = 0; i < 7; ++i) mean[i] += one[i] / static_cast<double>(q);
  }
  for (int i = 0; i < 7; ++i) EXPECT_NEAR(all.gradient[i], mean[i], 1e-15);
}

TEST(RgePerTensor, LeavesOutDirectionsWithoutAFiniteLoss) {
  const auto half = [](std::span<const double> x, std::int64_t) {
    return x[0] > 0.0 ? std::nan("") : x[0];
  };
  FunctionOracle oracle(plain_layout(1), half, {0.0}, Precision::Float64);
  const double mu = 1e-3;
  const DirectionalGradient g = rge_per_tensor(oracle, mu, 100, {.seed = 2}, {});
  EXPECT_GT(g.used, 25);
  EXPECT_LT(g.used, 75);
  double expected = 0.0;
  DenseProbe probe;
  for (std::int64_t r = 0; r < 100; ++r) {
    probe.seed = DirectionStream{.seed = 2}.direction_seed(r);
    const double u = direction_entry(probe, 0), p = mu * u / (std::abs(u) + 1e-8);
    expected += p <= 0.0 ? p * p / mu / static_cast<double>(g.used) : 0.0;
  }
  EXPECT_NEAR(g.gradient[0], expected, 1e-15);
}

}  // namespace
}  // namespace zo
