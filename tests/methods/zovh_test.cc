#include "src/methods/zovh.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/methods/zoar.h"
#include "tests/methods/mean_step.h"
#include "tests/methods/run_steps.h"

namespace zo {
namespace {

using namespace zo::test;

ZovhOptions small() {
  ZovhOptions options;
  options.policy.eps = 0.2;
  options.policy.lr = 0.002;
  return options;
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

/// ‖ZoVH − ZoAR at step η/λ‖ / ‖path of ZoAR‖ after 20 steps.
double gap_to_zoar(const ZovhOptions& options) {
  SmallQuadratic q;
  FunctionOracle one(q.function, q.start), other(q.function, q.start);
  ZoarOptions plain = options.policy;
  plain.lr /= options.lambda;
  Zovh zovh(options, one.layout(), {.seed = 8});
  Zoar zoar(plain, other.layout(), {.seed = 8});
  run_steps(zovh, one, 0, 20);
  run_steps(zoar, other, 0, 20);
  return distance(one.theta(), other.theta()) / distance(other.theta(), q.start);
}

TEST(Zovh, WithALargeLambdaItIsZoarAtStepEtaOverLambda) {
  ZovhOptions options = small();
  for (const auto& [inverse, word] : inverse_names()) {
    options.inverse = inverse;
    options.lambda = 1e8;
    options.policy.lr = 0.01 * 1e8;
    EXPECT_LT(gap_to_zoar(options), 1e-4);
    if (inverse == PolicyInverse::None) continue;
    options.lambda = 10.0;
    options.policy.lr = 0.01 * 10.0;
    EXPECT_GT(gap_to_zoar(options), 1e-3);
  }
}

TEST(Zovh, WithoutAnInverseItIsZoarAtStepEtaOverLambdaForAnyLambda) {
  ZovhOptions options = small();
  options.inverse = PolicyInverse::None;
  EXPECT_LT(gap_to_zoar(options), 1e-12);
}

TEST(Zovh, OrthogonalDirectionsOfOneStepLeaveNoCurvature) {
  ZovhOptions options = small();
  options.policy.orthogonal = true;
  options.policy.history = 1;
  EXPECT_LT(gap_to_zoar(options), 1e-12);
  options.inverse = PolicyInverse::Diagonal;
  EXPECT_GT(gap_to_zoar(options), 1e-2);
}

TEST(Zovh, AStepIsTheSharedProductOfItsSamples) {
  SmallQuadratic q;
  StillOracle oracle(q.function, q.start);
  ZovhOptions options = small();
  options.policy.history = 2;
  Zovh method(options, oracle.layout(), {.seed = 8});
  method.step(oracle, 0);
  const StepReport report = method.step(oracle, 1);
  PolicySamples samples({.seed = 8, .directions = 3, .history = 2, .radius = 0.2}, q.kD);
  samples.ask(oracle, 0, 0.0);
  samples.ask(oracle, 1, 0.0);
  const std::int64_t n = 6;
  Eigen::MatrixXd u(q.kD, n);
  Eigen::VectorXd y(n);
  for (std::int64_t k = 0; k < n; ++k) {
    y[k] = samples.samples()[k].loss;
    for (std::int64_t i = 0; i < q.kD; ++i)
      u(i, k) = direction_entry(samples.samples()[k].direction, i);
  }
  const Eigen::VectorXd nu = (y.array() - y.mean()) / 0.04;
  const Eigen::VectorXd s = u * nu;
  Eigen::VectorXd p = Eigen::VectorXd::Zero(q.kD);
  for (std::int64_t k = 0; k < n; ++k) {
    const double square = u.col(k).squaredNorm();
    const double a = (u.col(k).dot(s) - nu[k] * square) / (n - 2);
    p += 0.2 * nu[k] * (1.0 / (0.1 * (n - 1)) - a / (0.01 * (n - 1) + 0.1 * nu[k] * square)) *
         u.col(k);
  }
  for (std::int64_t i = 0; i < q.kD; ++i) {
    EXPECT_NEAR(oracle.moved()[i], -0.002 * p[i], 1e-12 * p.norm());
  }
  const Eigen::VectorXd g = 0.2 * s / (n - 1.0);
  const auto figure = [&](const std::string& name) {
    for (const auto& [key, value] : report.extra) {
      if (key == name) return value;
    }
    return std::nan("");
  };
  EXPECT_NEAR(figure("gradient_norm"), g.norm(), 1e-12 * g.norm());
  const double share = (0.1 * p - g).norm() / g.norm();
  EXPECT_NEAR(figure("curvature_share"), share, 1e-10 * share);
}

TEST(Zovh, WithoutReuseItRemembersNothingOfEarlierSteps) {
  SmallQuadratic q;
  StillOracle oracle(q.function, q.start);
  ZovhOptions options = small();
  options.policy.history = 1;
  Zovh used(options, oracle.layout(), {.seed = 8}), fresh(options, oracle.layout(), {.seed = 8});
  run_steps(used, oracle, 0, 5);
  used.step(oracle, 5);
  const auto moved = oracle.moved();
  fresh.step(oracle, 5);
  EXPECT_EQ(oracle.moved(), moved);
}

TEST(Zovh, CostsKQueriesAStep) {
  SmallQuadratic q;
  FunctionOracle oracle(q.function, q.start);
  Zovh method(small(), oracle.layout(), {});
  run_steps(method, oracle, 0, 7);
  EXPECT_EQ(oracle.ledger().queries(), 21);
  EXPECT_EQ(method.queries_of_step(3), 3);
}

}  // namespace
}  // namespace zo
