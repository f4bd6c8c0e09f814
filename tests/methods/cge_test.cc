#include "src/methods/cge.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "src/estimators/sampling.h"
#include "src/estimators/subspace.h"
#include "tests/methods/mean_step.h"
#include "tests/methods/run_steps.h"

namespace zo {
namespace {

using namespace zo::test;

CgeOptions with(Rule update, double lr) {
  CgeOptions options;
  options.update = update;
  options.lr = lr;
  options.eps = 1e-2;
  return options;
}

/// What the estimate is on a quadratic: Ax + b + ½ε diag A.
Eigen::VectorXd estimate(const SmallQuadratic& q, const Eigen::VectorXd& x) {
  return q.a * x + q.b + 0.5 * 1e-2 * q.a.diagonal();
}

void expect_theta(const FunctionOracle& oracle, const Eigen::VectorXd& expected, double tolerance) {
  const auto theta = oracle.theta();
  for (std::size_t i = 0; i < theta.size(); ++i) {
    EXPECT_NEAR(theta[i], expected[static_cast<Eigen::Index>(i)], tolerance);
  }
}

TEST(CgeMethod, AllCoordinatesWithSgdAreGradientDescentOnTheBiasedGradient) {
  SmallQuadratic q;
  FunctionOracle oracle(q.function, q.start);
  Cge method(with(Rule::Plain, 0.1), oracle.layout(), {});
  Eigen::VectorXd x = q.x;
  for (std::int64_t k = 0; k < 5; ++k) {
    run_steps(method, oracle, k, 1);
    x -= 0.1 * estimate(q, x);
    expect_theta(oracle, x, 1e-11);
  }
  EXPECT_EQ(oracle.ledger().queries(), 5 * (q.kD + 1));
}

TEST(CgeMethod, MomentumAccumulatesAndCoordinatesOutsideTheSubsetCoast) {
  SmallQuadratic q;
  FunctionOracle oracle(q.function, q.start);
  CgeOptions options = with(Rule::Momentum, 0.1);
  options.subspace = 2;
  options.period = 2;
  options.momentum = 0.8;
  Cge method(options, oracle.layout(), {.seed = 6});
  Eigen::VectorXd x = q.x, buf = Eigen::VectorXd::Zero(q.kD);
  for (std::int64_t k = 0; k < 6; ++k) {
    run_steps(method, oracle, k, 1);
    const Eigen::VectorXd g = estimate(q, x);
    buf *= 0.8;
    for (const std::int64_t i : draw_subspace(6, k / 2, q.kD, 2, 1).coordinates) buf[i] += g[i];
    x -= 0.1 * buf;
    expect_theta(oracle, x, 1e-11);
  }
  EXPECT_EQ(oracle.ledger().queries(), 6 * 3);
}

TEST(CgeMethod, AdamCorrectsTheBiasByHowOftenEachCoordinateWasProbed) {
  SmallQuadratic q;
  FunctionOracle oracle(q.function, q.start);
  CgeOptions options = with(Rule::Adam, 0.1);
  options.subspace = 2;
  options.period = 1;
  Cge method(options, oracle.layout(), {.seed = 6});
  Eigen::VectorXd x = q.x;
  std::vector<std::vector<double>> seen(q.kD);  // gradients of a coordinate, oldest first
  for (std::int64_t k = 0; k < 8; ++k) {
    run_steps(method, oracle, k, 1);
    const Eigen::VectorXd g = estimate(q, x);
    for (const std::int64_t i : draw_subspace(6, k, q.kD, 2, 1).coordinates) {
      seen[i].push_back(g[i]);
      // Weighted means of the gradients themselves: what bias-corrected moments are.
      double first = 0.0, second = 0.0, weight1 = 0.0, weight2 = 0.0;
      for (std::size_t t = 0; t < seen[i].size(); ++t) {
        const auto age = static_cast<double>(seen[i].size() - 1 - t);
        first += std::pow(0.9, age) * seen[i][t];
        second += std::pow(0.999, age) * seen[i][t] * seen[i][t];
        weight1 += std::pow(0.9, age);
        weight2 += std::pow(0.999, age);
      }
      x[i] -= 0.1 * (first / weight1) / (std::sqrt(second / weight2) + 1e-8);
    }
    expect_theta(oracle, x, 1e-9);
  }
}

TEST(CgeMethod, AFirstAdamStepIsTheSignOfTheGradientTimesTheStepLength) {
  SmallQuadratic q;
  FunctionOracle oracle(q.function, q.start);
  Cge method(with(Rule::Adam, 0.25), oracle.layout(), {});
  run_steps(method, oracle, 0, 1);
  const Eigen::VectorXd g = estimate(q, q.x);
  Eigen::VectorXd expected = q.x;
  for (std::int64_t i = 0; i < q.kD; ++i) expected[i] -= std::copysign(0.25, g[i]);
  expect_theta(oracle, expected, 1e-7);
}

TEST(CgeMethod, PairRootNormalisesTheFirstGradientOfAPairAsAWhole) {
  // Ĉ = g gᵀ has the one eigenvalue |g|², so Ĉ^(−1/2) g = g/|g|; the fifth coordinate is alone.
  SmallQuadratic q;
  FunctionOracle oracle(q.function, q.start);
  Cge method(with(Rule::PairRoot, 0.25), oracle.layout(), {.seed = 6});
  run_steps(method, oracle, 0, 1);
  const Eigen::VectorXd g = estimate(q, q.x);
  const auto order = draw_subspace(6, 0, q.kD, q.kD, 1).coordinates;
  Eigen::VectorXd expected = q.x;
  for (int s = 0; s < 4; s += 2) {
    const double length = std::hypot(g[order[s]], g[order[s + 1]]);
    for (int t = s; t < s + 2; ++t) expected[order[t]] -= 0.25 * g[order[t]] / length;
  }
  expected[order[4]] -= std::copysign(0.25, g[order[4]]);
  expect_theta(oracle, expected, 1e-7);
}

TEST(CgeMethod, LayerSamplingLearnsFromEveryStepAndKeepsASubsetForItsPeriod) {
  // Tensors of curvature 1 and 100: drawn once a period from the gradients of all steps before it.
  Layout layout;
  layout.append("flat", {12}, Role::Plain);
  layout.append("steep", {8}, Role::Plain);
  std::vector<double> curvatures(12, 1.0);
  curvatures.resize(20, 100.0);
  FunctionOracle oracle(
      layout, diagonal(curvatures), std::vector<double>(20, 1.0), Precision::Float64);
  CgeOptions options = with(Rule::Plain, 1e-3);
  options.subspace = 4;
  options.period = 3;
  options.sampling = Sampling::Layer;
  options.layer_power = 1.0;
  const RunPlan plan{.seed = 4};
  auto method = std::make_unique<Cge>(options, layout, plan);
  CoordinateSampler sampler({.kind = Sampling::Layer, .seed = 4, .size = 4, .layer_power = 1.0},
                            layout);
  std::vector<double> x(20, 1.0);
  std::vector<std::int64_t> at;
  int steep = 0;
  for (std::int64_t k = 0; k < 12; ++k) {
    if (k % 3 == 0) at = sampler.draw(k / 3);
    std::vector<double> g(4);
    for (int s = 0; s < 4; ++s) {
      g[s] = curvatures[at[s]] * (x[at[s]] + 0.5 * options.eps);
      x[at[s]] -= 1e-3 * g[s];
      steep += at[s] >= 12 && k >= 3 ? 1 : 0;
    }
    sampler.learn(at, g, g);
    run_steps(*method, oracle, k, 1);
    for (int i = 0; i < 20; ++i) EXPECT_NEAR(oracle.theta()[i], x[i], 1e-10) << "step " << k;
    // A new one goes on from the state, inside a period too.
    const State state = method->state();
    method = std::make_unique<Cge>(options, layout, plan);
    method->load_state(state);
    EXPECT_EQ(method->state(), state);
  }
  EXPECT_EQ(steep, 9 * 4) << "the first period showed which tensor is steep";
}

TEST(CgeMethod, ASubsetIsKeptForItsPeriodAndDrawnAnewAfter) {
  FunctionOracle oracle(diagonal(std::vector<double>(50, 1.0)), std::vector<double>(50, 1.0));
  CgeOptions options = with(Rule::Plain, 0.1);
  options.subspace = 5;
  options.period = 3;
  Cge method(options, oracle.layout(), {.seed = 2});
  std::vector<std::set<std::size_t>> moved;
  for (std::int64_t k = 0; k < 6; ++k) {
    const auto before = oracle.theta();
    run_steps(method, oracle, k, 1);
    std::set<std::size_t> changed;
    for (std::size_t i = 0; i < 50; ++i) {
      if (oracle.theta()[i] != before[i]) changed.insert(i);
    }
    moved.push_back(changed);
    EXPECT_EQ(changed.size(), 5u);
  }
  EXPECT_EQ(moved[0], moved[2]);
  EXPECT_NE(moved[2], moved[3]);
  EXPECT_EQ(moved[3], moved[5]);
}

}  // namespace
}  // namespace zo
