#include "src/estimators/policy_step.h"

#include <gtest/gtest.h>

#include <Eigen/QR>
#include <cmath>

#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

constexpr double kMu = 0.3, kLambda = 0.7, kGuard = 1e-3;

/// n directions as columns of U, and losses that are not centred.
struct Case {
  Eigen::MatrixXd u;
  Deviations d;
  std::vector<double> gram;

  Case(Eigen::MatrixXd directions, Baseline baseline, double spread = 1.0)
      : u(std::move(directions)) {
    std::vector<PolicySample> samples(u.cols());
    for (std::size_t k = 0; k < samples.size(); ++k) {
      samples[k].loss = 2.0 + spread * gaussian(77, static_cast<std::int64_t>(k));
    }
    d = deviations(samples, baseline, {});
    const Eigen::MatrixXd g = u.transpose() * u;
    gram.assign(g.data(), g.data() + g.size());
  }
  Eigen::VectorXd nu() const {
    return Eigen::Map<const Eigen::VectorXd>(d.value.data(), u.cols()) / (kMu * kMu);
  }
  /// (1/c) Σ μ ν_k u_k.
  Eigen::VectorXd gradient() const { return u * nu() * (kMu / d.normaliser); }
  Eigen::MatrixXd hessian() const { return u * nu().asDiagonal() * u.transpose() / d.normaliser; }
  Eigen::VectorXd truth() const {
    Eigen::MatrixXd system = hessian();
    system.diagonal().array() += kLambda;
    return system.fullPivLu().solve(gradient());
  }
  Eigen::VectorXd step(PolicyInverse inverse, double lambda = kLambda) const {
    const PolicyStep p = policy_step(d, gram, kMu, lambda, inverse, kGuard);
    return u * Eigen::Map<const Eigen::VectorXd>(p.coefficients.data(), u.cols());
  }
};

Eigen::MatrixXd orthogonal(std::int64_t d, std::int64_t n) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(random_matrix(6, d, n));
  return std::sqrt(static_cast<double>(d)) * (qr.householderQ() * Eigen::MatrixXd::Identity(d, n));
}

double distance(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  return (a - b).norm() / b.norm();
}

TEST(PolicyStep, GradientCoefficientsGiveTheAveragedBaselineEstimate) {
  const Case c(random_matrix(1, 9, 5), Baseline::Mean);
  const auto gamma = gradient_coefficients(c.d, kMu);
  EXPECT_LT(distance(c.u * Eigen::Map<const Eigen::VectorXd>(gamma.data(), 5), c.gradient()),
            1e-14);
  EXPECT_NEAR(combination_norm(c.gram, gamma), c.gradient().norm(), 1e-13 * c.gradient().norm());
}

TEST(PolicyStep, WoodburyAgreesWithTheDenseInverseAlsoWithAZeroCurvature) {
  for (const Baseline baseline : {Baseline::Mean, Baseline::None}) {
    Case c(random_matrix(2, 12, 5), baseline);
    c.d.value[3] = 0.0;
    EXPECT_LT(distance(c.step(PolicyInverse::Exact), c.truth()), 1e-12);
  }
}

TEST(PolicyStep, TheDiagonalFormIsExactForOrthogonalDirections) {
  const Case c(orthogonal(12, 5), Baseline::Mean);
  EXPECT_LT(distance(c.step(PolicyInverse::Diagonal), c.truth()), 1e-12);
  EXPECT_GT(distance(c.step(PolicyInverse::Diagonal), c.gradient() / kLambda), 0.1);
}

TEST(PolicyStep, TheSharedProductOfOrthogonalDirectionsIsTheGradientOverLambda) {
  const Case c(orthogonal(12, 5), Baseline::Mean);
  EXPECT_LT(distance(c.step(PolicyInverse::Shared), c.gradient() / kLambda), 1e-14);
}

TEST(PolicyStep, TheSharedProductLeavesEachSampleOutOfTheGradientItMultiplies) {
  const std::int64_t n = 6;
  for (const Baseline baseline : {Baseline::Mean, Baseline::Anchor}) {
    const Case c(random_matrix(3, 15, n), baseline);
    const double norm = c.d.normaliser;
    const Eigen::VectorXd nu = c.nu(), s = c.u * nu;
    Eigen::VectorXd p = Eigen::VectorXd::Zero(15);
    for (std::int64_t k = 0; k < n; ++k) {  // the formula of zovh.h, from vectors
      const Eigen::VectorXd v = c.u.col(k);
      const double a = (v.dot(s) - nu[k] * v.squaredNorm()) / (norm - 1.0);
      const double denominator = kLambda * kLambda * norm + kLambda * nu[k] * v.squaredNorm();
      p += kMu * nu[k] * (1.0 / (kLambda * norm) - a / denominator) * v;
    }
    EXPECT_LT(distance(c.step(PolicyInverse::Shared), p), 1e-12);
  }
}

TEST(PolicyStep, OnASlopeTheSharedProductPointsUphillWhereMoreSamplesThanCoordinatesAreInUse) {
  // ν = u·g/μ is large beside λ, and E Σ_k (u_k·ĝ_{−k}) u_k/‖u_k‖² = (n/d) g: the mean of λp is (1 − n/d) g.
  for (const std::int64_t d : {4, 48}) {
    const std::int64_t n = 12, draws = 1000;
    double sum = 0.0, squares = 0.0;
    for (std::int64_t draw = 0; draw < draws; ++draw) {
      Case c(random_matrix(100 + draw, d, n), Baseline::Mean);
      const Eigen::VectorXd g = Eigen::VectorXd::Constant(d, 1e5), y = kMu * c.u.transpose() * g;
      for (std::int64_t k = 0; k < n; ++k) c.d.value[k] = y[k] - y.mean();
      const double along = kLambda * c.step(PolicyInverse::Shared).dot(g) / g.squaredNorm();
      sum += along;
      squares += along * along;
      EXPECT_LT(distance(kLambda * c.step(PolicyInverse::None), c.gradient()), 1e-14);
    }
    const double mean = sum / draws, error = std::sqrt((squares / draws - mean * mean) / draws);
    EXPECT_NEAR(mean, 1.0 - static_cast<double>(n) / static_cast<double>(d), 4.0 * error);
    EXPECT_LT(error, 0.1);
  }
}

TEST(PolicyStep, EveryFormTendsToTheGradientOverLambda) {
  const Case c(random_matrix(4, 10, 5), Baseline::Mean);
  for (const auto inverse :
       {PolicyInverse::Shared, PolicyInverse::Diagonal, PolicyInverse::Exact}) {
    EXPECT_LT(distance(1e9 * c.step(inverse, 1e9), c.gradient()), 1e-6);
  }
}

TEST(PolicyStep, ADenominatorNearZeroDropsItsTermAndNoOther) {
  Case c(random_matrix(5, 10, 4), Baseline::Mean);
  const double square = c.u.col(2).squaredNorm();
  c.d.value[2] = -(1.0 - 0.5 * kGuard) * kLambda * c.d.normaliser / square * kMu * kMu;
  const PolicyStep p = policy_step(c.d, c.gram, kMu, kLambda, PolicyInverse::Diagonal, kGuard);
  EXPECT_EQ(p.guarded, 1);
  const auto gamma = gradient_coefficients(c.d, kMu);
  EXPECT_DOUBLE_EQ(p.coefficients[2], gamma[2] / kLambda);
  EXPECT_NE(p.coefficients[1], gamma[1] / kLambda);
  c.d.value[2] = -(1.0 - 2.0 * kGuard) * kLambda * c.d.normaliser / square * kMu * kMu;
  EXPECT_EQ(policy_step(c.d, c.gram, kMu, kLambda, PolicyInverse::Diagonal, kGuard).guarded, 0);
}

TEST(PolicyStep, ASingularSystemAndASingleDegreeOfFreedomFallBackToTheGradient) {
  Case c(random_matrix(5, 10, 1), Baseline::None);
  c.d.value[0] = -kLambda / c.gram[0] * kMu * kMu;  // Ĥ has the eigenvalue −λ
  const double plain = gradient_coefficients(c.d, kMu)[0] / kLambda;
  const PolicyStep exact = policy_step(c.d, c.gram, kMu, kLambda, PolicyInverse::Exact, kGuard);
  EXPECT_DOUBLE_EQ(exact.coefficients[0], plain);
  EXPECT_EQ(exact.guarded, 1);
  const Case two(random_matrix(5, 10, 2), Baseline::Mean);  // c − 1 = 0
  EXPECT_LT(distance(two.step(PolicyInverse::Shared), two.gradient() / kLambda), 1e-14);
}

TEST(PolicyStep, OptimalWeightsAreSquaredNormsAndSquaredNormsOfTheHessianTerm) {
  const Eigen::MatrixXd u = random_matrix(7, 6, 3);
  const Case c(u, Baseline::Mean);
  const auto gradient = gradient_weights(c.gram, 3), hessian = hessian_weights(c.gram, 3, 6);
  for (std::int64_t k = 0; k < 3; ++k) {
    const Eigen::MatrixXd term = u.col(k) * u.col(k).transpose() - Eigen::MatrixXd::Identity(6, 6);
    EXPECT_NEAR(gradient[k], u.col(k).squaredNorm(), 1e-13 * gradient[k]);
    EXPECT_NEAR(hessian[k], term.squaredNorm(), 1e-12 * hessian[k]);
  }
}

}  // namespace
}  // namespace zo
