#include "src/methods/zo_sah.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/base/error.h"
#include "tests/methods/run_steps.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

/// A run in float64 with an ε small enough for the limits that the tests speak about.
ZoSahOptions exact_options(CurvatureKind hessian) {
  ZoSahOptions options;
  options.hessian = hessian;
  options.basis = Basis::Consistent;
  options.bias_correction = BiasCorrection::On;
  options.eps = 1e-4;
  options.radius = 0.0;
  options.step = StepRule::Fixed;
  options.period = 20;
  options.lr = 1.0;
  options.momentum = 0.0;
  options.kappa = 0.1;
  return options;
}

double figure(const StepReport& report, const std::string& name) {
  for (const auto& [key, value] : report.extra) {
    if (key == name) return value;
  }
  ADD_FAILURE() << "no figure " << name;
  return std::nan("");
}

/// Queries until the base loss is below `target`, or `budget` when it is not reached. Negative
/// infinity of patience: stops early when the loss leaves the finite numbers.
std::int64_t queries_to(Method& method, LossOracle& oracle, double target, std::int64_t budget) {
  for (std::int64_t k = 0; oracle.ledger().queries() < budget; ++k) {
    const StepReport report = method.step(oracle, k);
    if (report.rejected) return budget;
    if (oracle.base() < target) return oracle.ledger().queries();
  }
  return budget;
}

TEST(ZoSah, ReachesTheMinimumOfADiagonalQuadraticInTwoNewtonSteps) {
  // d = 20, m = d: step 0 costs 1 + 20 + 30 queries and minimises, step 1's base shows it.
  FunctionOracle oracle(diagonal(geometric(20, 100.0)), std::vector<double>(20, 1.0));
  ZoSah method(exact_options(CurvatureKind::Lazy), plain_layout(20), {});
  const double start = run_steps(method, oracle, 0, 1).loss;
  EXPECT_LT(oracle.base(), 1e-6 * start);
  EXPECT_EQ(oracle.ledger().queries(), 52);
}

TEST(ZoSah, PairNewtonStepOnAConvexQuadraticIsNewtonsMethod) {
  const Eigen::Matrix2d a{{3.0, 1.0}, {1.0, 2.0}};
  const Eigen::Vector2d b{1.0, -2.0}, x{4.0, -3.0};
  FunctionOracle oracle(quadratic(a, b), {x[0], x[1]});
  ZoSahOptions options = exact_options(CurvatureKind::Lazy);
  options.period = 1;
  options.kappa = 1e-12;
  ZoSah method(options, plain_layout(2), {});
  run_steps(method, oracle, 0, 1);
  const Eigen::Vector2d minimum = -a.inverse() * b;
  EXPECT_NEAR(oracle.theta()[0], minimum[0], 1e-6);
  EXPECT_NEAR(oracle.theta()[1], minimum[1], 1e-6);
}

TEST(ZoSah, OneBlockOfTheWholeSpaceIsNewtonsMethod) {
  const std::int64_t d = 6;
  const Eigen::MatrixXd m = random_matrix(1, d, d);
  const Eigen::MatrixXd a = m * m.transpose() + Eigen::MatrixXd::Identity(d, d);
  const Eigen::VectorXd b = random_matrix(2, d, 1);
  FunctionOracle oracle(quadratic(a, b), std::vector<double>(d, 1.0));
  ZoSahOptions options = exact_options(CurvatureKind::Lazy);
  options.eps = 1e-2;
  options.block = d;
  ZoSah method(options, plain_layout(d), {});
  run_steps(method, oracle, 0, 1);
  const Eigen::VectorXd minimum = -a.inverse() * b;
  for (std::int64_t i = 0; i < d; ++i) EXPECT_NEAR(oracle.theta()[i], minimum[i], 1e-7);
  EXPECT_EQ(method.queries_of_step(0), 1 + d + d * (d + 1) / 2);
}

TEST(ZoSah, FloorAboveAllCurvatureIsGradientDescentAtLrOverKappa) {
  const std::int64_t d = 10;
  const Eigen::MatrixXd a = random_symmetric(1, d);
  const double largest = a.operatorNorm();
  const Eigen::VectorXd b = random_matrix(2, d, 1);
  for (const CurvatureKind hessian : {CurvatureKind::Literal,
                                      CurvatureKind::Secant,
                                      CurvatureKind::Rotating,
                                      CurvatureKind::Lazy}) {
    ZoSahOptions options = exact_options(hessian);
    options.bias_correction = BiasCorrection::Off;
    options.period = 3;
    // The literal fit may exceed any curvature there is (methods.md 1.5), the others may not.
    options.kappa = options.hessian == CurvatureKind::Literal ? 1e9 : 2.0 * d * largest;
    options.lr = 0.1 * options.kappa;
    FunctionOracle oracle(quadratic(a, b), std::vector<double>(d, 1.0));
    ZoSah method(options, plain_layout(d), {});
    const bool rotates = options.hessian == CurvatureKind::Rotating;
    std::vector<double> x = oracle.theta();
    for (std::int64_t k = 0; k < (rotates ? 1 : 7); ++k) {
      const StepReport report = run_steps(method, oracle, k, 1);
      EXPECT_EQ(figure(report, "frac_clipped"), 1.0);
      Eigen::Map<Eigen::VectorXd> v(x.data(), d);
      const Eigen::VectorXd g = a * v + b + 0.5 * options.eps * a.diagonal();
      v -= 0.1 * g;
      for (std::int64_t i = 0; i < d; ++i)
        EXPECT_NEAR(oracle.theta()[i], x[i], 1e-9) << name_of(hessian, curvature_names());
    }
  }
}

TEST(ZoSah, ControlWithoutHessianIsGradientDescentOnTheSubspace) {
  FunctionOracle oracle(diagonal({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}), std::vector<double>(6, 1.0));
  ZoSahOptions options = exact_options(CurvatureKind::None);
  options.subspace = 2;
  options.lr = 0.1;
  ZoSah method(options, plain_layout(6), {.seed = 3});
  run_steps(method, oracle, 0, 1);
  const auto moved = draw_subspace(3, 0, 6, 2, 2).coordinates;
  for (std::int64_t i = 0; i < 6; ++i) {
    const double curvature = static_cast<double>(i + 1);
    const bool in = i == moved[0] || i == moved[1];
    const double expected = in ? 1.0 - 0.1 * curvature * (1.0 + 0.5e-4) : 1.0;
    EXPECT_NEAR(oracle.theta()[i], expected, 1e-10);
  }
  EXPECT_EQ(oracle.ledger().queries(), 3);
}

TEST(ZoSah, SolvesRosenbrockWithinTheDocumentedQueries) {
  // methods.md 1.10(7): f < 1e-3 from (−1.2, 1). Upper ends of the documented ranges over the step
  // length.
  const auto run = [](ZoSahOptions options, double lr) {
    options.lr = lr;
    FunctionOracle oracle(rosenbrock, {-1.2, 1.0});
    ZoSah method(options, plain_layout(2), {});
    return queries_to(method, oracle, 1e-3, 3000);
  };
  ZoSahOptions literal = exact_options(CurvatureKind::Literal);
  literal.eps = 1e-2;
  for (const double lr : {0.3, 0.5, 0.7}) EXPECT_LE(run(literal, lr), 475) << lr;
  ZoSahOptions secant = exact_options(CurvatureKind::Secant);
  secant.eps = 1e-3;
  for (const double lr : {0.3, 0.5, 0.7}) EXPECT_LE(run(secant, lr), 574) << lr;
  ZoSahOptions lazy = exact_options(CurvatureKind::Lazy);
  lazy.period = 1;
  EXPECT_LE(run(lazy, 1.0), 50);
}

TEST(ZoSah, UncorrectedDifferencesMissTheMinimumByHalfAStepOfCurvature) {
  // Fixed point of the uncorrected iteration on ½ λ x²: x = −½ε.
  ZoSahOptions options = exact_options(CurvatureKind::Lazy);
  options.eps = 1e-2;
  for (const BiasCorrection corrected : {BiasCorrection::On, BiasCorrection::Off}) {
    options.bias_correction = corrected;
    FunctionOracle oracle(diagonal({4.0, 9.0}), {1.0, 1.0});
    ZoSah method(options, plain_layout(2), {});
    run_steps(method, oracle, 0, 3);
    const double expected = options.bias_correction == BiasCorrection::On ? 0.0 : -0.5e-2;
    EXPECT_NEAR(oracle.theta()[0], expected, 1e-10);
    EXPECT_NEAR(oracle.theta()[1], expected, 1e-10);
  }
}

TEST(ZoSah, AutomaticBiasCorrectionIsOffForTheLiteralVariantOnly) {
  for (const CurvatureKind hessian :
       {CurvatureKind::Literal, CurvatureKind::Lazy, CurvatureKind::Secant}) {
    std::vector<std::vector<double>> ends;
    for (const BiasCorrection corrected :
         {BiasCorrection::Auto, BiasCorrection::On, BiasCorrection::Off}) {
      ZoSahOptions options = exact_options(hessian);
      options.bias_correction = corrected;
      FunctionOracle oracle(diagonal({4.0, 9.0}), {1.0, 1.0});
      ZoSah method(options, plain_layout(2), {});
      run_steps(method, oracle, 0, 1);
      ends.push_back(oracle.theta());
    }
    EXPECT_EQ(ends[0], hessian == CurvatureKind::Literal ? ends[2] : ends[1]);
    EXPECT_NE(ends[1], ends[2]);
  }
}

TEST(ZoSah, MatchesGradientDescentOnANearlyIsotropicQuadratic) {
  // Condition 2.5 in random axes: there is no curvature to use (methods.md 1.10(8), within ±20 %).
  // Both best of the same step lengths in units of the mean curvature; f falls by 1e12, which takes
  // about one period, so that the Hessian probes weigh as they do in a long run.
  const std::int64_t d = 20;
  const Eigen::MatrixXd q =
      Eigen::HouseholderQR<Eigen::MatrixXd>(random_matrix(1, d, d)).householderQ();
  const Eigen::VectorXd values = Eigen::VectorXd::LinSpaced(d, 1.0, 2.5);
  const auto f = quadratic(q * values.asDiagonal() * q.transpose(), Eigen::VectorXd::Zero(d));
  const auto queries = [&](const CurvatureKind hessian, double unit) {
    std::int64_t best = 100000;
    for (const double lr : {0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1}) {
      ZoSahOptions options = exact_options(hessian);
      options.eps = 1e-7;
      options.radius = 1e-3;
      options.lr = lr / unit;
      const std::vector<double> x(d, 1.0);
      FunctionOracle oracle(f, x);
      ZoSah method(options, plain_layout(d), {});
      best = std::min(best, queries_to(method, oracle, 1e-12 * f(x, 0), 20000));
    }
    return static_cast<double>(best);
  };
  const double ratio = queries(CurvatureKind::Lazy, 1.0) / queries(CurvatureKind::None, 1.75);
  EXPECT_GT(ratio, 0.8);
  EXPECT_LT(ratio, 1.2);
}

TEST(ZoSah, OddDimensionsLeaveASingleCoordinateThatIsTreatedAlone) {
  for (const CurvatureKind hessian : {CurvatureKind::Literal,
                                      CurvatureKind::Secant,
                                      CurvatureKind::Rotating,
                                      CurvatureKind::Lazy}) {
    FunctionOracle oracle(diagonal({1.0, 4.0, 9.0}), {1.0, 1.0, 1.0});
    ZoSahOptions options = exact_options(hessian);
    ZoSah method(options, plain_layout(3), {});
    run_steps(method, oracle, 0, 1);
    for (const double x : oracle.theta())
      EXPECT_NEAR(x, 0.0, 1e-5) << name_of(hessian, curvature_names());
  }
}

TEST(ZoSah, LogsTheShareOfClippedEigenvaluesAndTheMedian) {
  FunctionOracle oracle(diagonal({0.01, 0.02, 5.0, 8.0}), std::vector<double>(4, 1.0));
  ZoSah method(exact_options(CurvatureKind::Lazy), plain_layout(4), {});
  const StepReport report = run_steps(method, oracle, 0, 1);
  EXPECT_EQ(figure(report, "frac_clipped"), 0.5);
  EXPECT_NEAR(figure(report, "hessian_median"), 5.0, 1e-5);
  EXPECT_EQ(figure(report, "kappa"), 0.1);
  // Step: clipped coordinates move by g/κ = 0.1 and 0.2, the others to 0.
  EXPECT_NEAR(figure(report, "step_norm"), std::sqrt(0.01 + 0.04 + 1.0 + 1.0), 1e-6);
  EXPECT_NEAR(figure(report, "gradient_norm"), std::sqrt(0.0001 + 0.0004 + 25.0 + 64.0), 1e-6);
}

TEST(ZoSah, DefaultSubspaceIsAllOfSmallProblemsAndFiveHundredOfLargeOnes) {
  ZoSahOptions options;
  options.hessian = CurvatureKind::None;
  options.step = StepRule::Fixed;
  EXPECT_EQ(ZoSah(options, plain_layout(1000), {}).queries_of_step(0), 1001);
  EXPECT_EQ(ZoSah(options, plain_layout(1001), {}).queries_of_step(0), 501);
}

}  // namespace
}  // namespace zo
