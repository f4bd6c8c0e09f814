#include "src/estimators/policy_hessian.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "src/base/error.h"
#include "src/estimators/directions.h"
#include "src/estimators/policy_step.h"
#include "tests/estimators/statistics.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

constexpr std::int64_t kD = 4, kDraws = 100000;

/// A quadratic away from its stationary point, indefinite unless `shift` is added to its Hessian.
struct Quadratic {
  explicit Quadratic(double shift = 0.0) { a.diagonal().array() += shift; }
  Eigen::MatrixXd a = random_symmetric(21, kD);
  Eigen::VectorXd b = random_matrix(22, kD, 1);
  std::vector<double> x = {0.3, -0.2, 0.5, 0.1};
  FunctionOracle oracle{
      [this](std::span<const double> at, std::int64_t batch) { return quadratic(a, b)(at, batch); },
      x};
};

/// Checks the mean of `draws` estimates against `expected`, entry by entry.
void expect_mean_matrix(std::int64_t draws,
                        const Eigen::MatrixXd& expected,
                        const std::function<RankSum(std::int64_t)>& draw) {
  std::vector<Draws> entries(kD * kD);
  for (std::int64_t k = 0; k < draws; ++k) {
    const auto matrix = dense(draw(k), kD);
    for (std::size_t i = 0; i < entries.size(); ++i) entries[i].add(matrix[i]);
  }
  for (std::int64_t i = 0; i < kD; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) expect_mean(entries[i * kD + j], expected(i, j));
  }
}

RankSum one_sided(FunctionOracle& oracle, Baseline baseline, double mu, std::int64_t k) {
  PolicySamples samples({.seed = 31, .directions = 3, .radius = mu}, kD);
  samples.ask(oracle, k, baseline == Baseline::Anchor ? oracle.base() : 0.0);
  return one_sided_hessian(samples, baseline, mu, kD);
}

TEST(PolicyHessian, TheAveragedBaselineHasTheHessianAsMean) {
  Quadratic q;
  expect_mean_matrix(
      kDraws, q.a, [&](std::int64_t k) { return one_sided(q.oracle, Baseline::Mean, 0.5, k); });
}

TEST(PolicyHessian, TheAnchorAndNoBaselineHaveTheHessianAsMeanOnceTheIdentityIsTakenOut) {
  Quadratic q;
  for (const Baseline baseline : {Baseline::Anchor, Baseline::None}) {  // S2 and S1
    expect_mean_matrix(
        kDraws, q.a, [&](std::int64_t k) { return one_sided(q.oracle, baseline, 0.5, k); });
  }
}

TEST(PolicyHessian, AntitheticPairsHaveTheHessianAsMeanAndCentralDifferencesAddHalfTheTrace) {
  Quadratic q(2.0);  // a trace far from 0
  const PolicyOptions options{.seed = 33, .directions = 1, .radius = 0.5};
  expect_mean_matrix(kDraws, q.a, [&](std::int64_t k) {
    return antithetic_hessian(q.oracle, Antithetic::Corrected, options, k);
  });
  const Eigen::MatrixXd biased = q.a + 0.5 * q.a.trace() * Eigen::MatrixXd::Identity(kD, kD);
  expect_mean_matrix(kDraws, biased, [&](std::int64_t k) {
    return antithetic_hessian(q.oracle, Antithetic::CentralDifference, options, k);
  });
}

TEST(PolicyHessian, OnAQuarticTheMeanIsTheHessianOfTheSmoothedFunction) {
  const PlainFunction quartic = [](std::span<const double> x, std::int64_t) {
    double sum = 0.0;
    for (const double value : x) sum += value * value * value * value;
    return sum;
  };
  const std::vector<double> x = {0.3, -0.2, 0.5, 0.1};
  FunctionOracle oracle(quartic, x);
  const double mu = 0.4;
  Eigen::MatrixXd smoothed = Eigen::MatrixXd::Zero(kD, kD);
  for (std::int64_t i = 0; i < kD; ++i) smoothed(i, i) = 12.0 * (x[i] * x[i] + mu * mu);
  expect_mean_matrix(
      kDraws, smoothed, [&](std::int64_t k) { return one_sided(oracle, Baseline::Mean, mu, k); });
}

TEST(PolicyHessian, SamplesOfSeveralStepsShareOneMean) {
  Quadratic q;
  PolicySamples samples({.seed = 31, .directions = 2, .history = 3, .radius = 0.5}, kD);
  for (std::int64_t k = 0; k < 3; ++k) samples.ask(q.oracle, k, 0.0);
  double mean = 0.0;
  for (const PolicySample& s : samples.samples()) mean += s.loss / 6.0;
  Eigen::MatrixXd expected = Eigen::MatrixXd::Zero(kD, kD);
  for (const PolicySample& s : samples.samples()) {
    Eigen::VectorXd u(kD);
    direction_entries(s.direction, 0, {u.data(), kD});
    expected += (s.loss - mean) / (5.0 * 0.25) * u * u.transpose();  // NK − 1 = 5, μ² = 0.25
  }
  const auto matrix = dense(one_sided_hessian(samples, Baseline::Mean, 0.5, kD), kD);
  const Eigen::Map<const Eigen::MatrixXd> got(matrix.data(), kD, kD);
  EXPECT_LT((got - expected).norm(), 1e-13 * expected.norm());
}

TEST(PolicyHessian, WithTheAveragedBaselineTheIdentityCorrectionChangesNothing) {
  Quadratic q;
  const RankSum estimate = one_sided(q.oracle, Baseline::Mean, 0.5, 0);
  EXPECT_EQ(estimate.shift, 0.0);
  double sum = 0.0, size = 0.0;
  for (const double c : estimate.coefficients) {
    sum += c;
    size += std::abs(c);
  }
  EXPECT_LT(std::abs(sum), 1e-14 * size);
}

TEST(PolicyHessian, TheVarianceOptimalBaselineOfAQuadraticLiesTwoMuSquaredTraceOverDAboveTheMean) {
  // b* = E[f w]/E[w], w = ‖uuᵀ − I‖²; a ratio of means, whose error is that of the mean of w (f −
  // b*) over E[w].
  Quadratic q;
  const double mu = 0.5;
  const double smoothed = q.oracle.base() + 0.5 * mu * mu * q.a.trace();  // F_μ
  const double optimal = smoothed + 2.0 * mu * mu * q.a.trace() / kD;
  Draws weight, pull;
  for (std::int64_t k = 0; k < kDraws; ++k) {
    PolicySamples samples({.seed = 35, .directions = 1, .radius = mu}, kD);
    samples.ask(q.oracle, k, 0.0);
    const double w = hessian_weights(gram(samples.directions(), kD), 1, kD)[0];
    weight.add(w);
    pull.add(w * (samples.samples()[0].loss - optimal));
  }
  expect_mean(weight, kD * (kD + 1.0));
  expect_mean(pull, 0.0);
}

TEST(PolicyHessian, TheFrobeniusErrorNeedsNoMatrix) {
  Quadratic q;
  const std::vector<double> flat(q.a.data(), q.a.data() + q.a.size());
  const DenseMatrix exact(kD, flat);
  for (const Baseline baseline : {Baseline::Mean, Baseline::Anchor, Baseline::Optimal}) {
    const RankSum estimate = one_sided(q.oracle, baseline, 0.5, 3);
    const auto matrix = dense(estimate, kD);
    const Eigen::Map<const Eigen::MatrixXd> got(matrix.data(), kD, kD);
    const double truth = (got - q.a).norm();
    EXPECT_NEAR(frobenius_error(estimate, exact), truth, 1e-12 * truth);
  }
  EXPECT_NEAR(frobenius_error({}, exact), q.a.norm(), 1e-13 * q.a.norm());
}

TEST(PolicyHessian, DropsProbesThatAreNotFiniteAndRefusesTooFew) {
  int calls = 0;
  const PlainFunction fails = [&](std::span<const double> x, std::int64_t) {
    return ++calls == 3 ? std::numeric_limits<double>::infinity() : x[0] * x[0];
  };
  FunctionOracle oracle(fails, {1.0, 1.0});
  const RankSum pairs = antithetic_hessian(
      oracle, Antithetic::Corrected, {.seed = 1, .directions = 3, .radius = 0.1}, 0);
  EXPECT_EQ(pairs.dropped, 1);
  EXPECT_EQ(pairs.coefficients.size(), 2u);
  EXPECT_EQ(oracle.ledger().queries(), 7);
  PolicySamples one({.seed = 1, .directions = 1, .radius = 0.1}, 2);
  one.ask(oracle, 0, 0.0);
  EXPECT_THROW(one_sided_hessian(one, Baseline::Mean, 0.1, 2), Error);
  EXPECT_THROW(dense(pairs, 5001), Error);
}

}  // namespace
}  // namespace zo
