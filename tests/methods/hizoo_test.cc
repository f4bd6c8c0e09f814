#include "src/methods/hizoo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "src/estimators/directions.h"
#include "src/methods/mezo.h"
#include "tests/methods/mean_step.h"
#include "tests/methods/run_steps.h"

namespace zo {
namespace {

using namespace zo::test;

const std::vector<double>& hessian_of(const State& state) {
  return std::get<std::vector<double>>(state.at("hessian"));
}

TEST(Hizoo, WithoutSmoothingItIsMezoBitForBit) {
  SmallQuadratic q;
  FunctionOracle one(q.function, q.start), other(q.function, q.start);
  Hizoo hizoo({.lr = 0.01, .hessian_smooth = 0.0, .weight_decay = 0.1}, one.layout(), {.seed = 4});
  Mezo mezo({.lr = 0.01, .weight_decay = 0.1}, other.layout(), {.seed = 4});
  run_steps(hizoo, one, 0, 50);
  run_steps(mezo, other, 0, 50);
  EXPECT_EQ(one.theta(), other.theta());
  EXPECT_EQ(one.ledger().queries(), 3 * 50);
  EXPECT_EQ(other.ledger().queries(), 2 * 50);
}

TEST(Hizoo, TheNewCurvatureScalesTheStep) {
  // f = ½ Σ λ x²: f₊ + f₋ − 2f = ε² Σ λ z² (h = 1), slope = Σ λ x z.
  const std::vector<double> lambda = {1.0, 4.0, 9.0}, x = {1.0, -1.0, 0.5};
  FunctionOracle oracle(diagonal(lambda), x);
  const double alpha = 0.3, lr = 0.05;
  Hizoo method({.eps = 0.2, .lr = lr, .hessian_smooth = alpha}, oracle.layout(), {.seed = 4});
  const auto probe = seeded_directions({.seed = 4, .step = 0}, 1)[0];
  double curvature = 0.0, slope = 0.0;
  for (std::int64_t i = 0; i < 3; ++i) {
    const double z = direction_entry(probe, i);
    curvature += 0.5 * lambda[i] * z * z;
    slope += lambda[i] * x[i] * z;
  }
  run_steps(method, oracle, 0, 1);
  for (std::int64_t i = 0; i < 3; ++i) {
    const double z = direction_entry(probe, i);
    const double h = (1.0 - alpha) + alpha * curvature * z * z;
    EXPECT_NEAR(hessian_of(method.state())[i], h, 1e-12 * h);
    EXPECT_NEAR(oracle.theta()[i], x[i] - lr * slope * z / std::sqrt(h), 1e-13);
  }
}

TEST(Hizoo, DirectionsAreScaledByTheOldCurvature) {
  const std::vector<double> lambda = {1.0, 4.0, 9.0}, h = {0.5, 2.0, 8.0};
  FunctionOracle oracle(diagonal(lambda), {1.0, -1.0, 0.5});
  Hizoo method({.hessian_smooth = 0.25}, oracle.layout(), {.seed = 4});
  method.load_state({{"hessian", h}});
  const auto probe = seeded_directions({.seed = 4, .step = 0}, 1)[0];
  double curvature = 0.0;
  for (std::int64_t i = 0; i < 3; ++i) {
    const double z = direction_entry(probe, i);
    curvature += 0.5 * lambda[i] * z * z / h[i];
  }
  run_steps(method, oracle, 0, 1);
  for (std::int64_t i = 0; i < 3; ++i) {
    const double z = direction_entry(probe, i);
    const double expected = 0.75 * h[i] + 0.25 * curvature * h[i] * z * z;
    EXPECT_NEAR(hessian_of(method.state())[i], expected, 1e-8 * expected);
  }
}

TEST(Hizoo, CurvatureIsAModulusThatFunctionAndMirrorImageShare) {
  const PlainFunction convex = diagonal({1.0, 4.0, 9.0});
  const PlainFunction mirrored = [&](std::span<const double> x, std::int64_t batch) {
    return -convex(x, batch);
  };
  FunctionOracle up(convex, {1.0, -1.0, 0.5}), down(mirrored, {1.0, -1.0, 0.5});
  Hizoo one({.hessian_smooth = 0.25}, up.layout(), {.seed = 4});
  Hizoo other({.hessian_smooth = 0.25}, down.layout(), {.seed = 4});
  run_steps(one, up, 0, 1);
  run_steps(other, down, 0, 1);
  EXPECT_EQ(one.state(), other.state());
  EXPECT_NE(hessian_of(one.state()), std::vector<double>(3, 1.0));
}

TEST(Hizoo, CurvatureSettlesAtOnePlusHalfDTimesTheDiagonal) {
  // d = 5: the fixed point is 3.5 · diag A. The time average over 1/α = 2,000 correlated steps a
  // sample, 100 samples, keeps a relative error of a few per cent; the bias of order α d is smaller
  // still.
  const std::vector<double> lambda = {1.0, 2.0, 3.0, 4.0, 5.0};
  StillOracle oracle(diagonal(lambda), std::vector<double>(5, 1.0));
  Hizoo method({.eps = 0.1, .hessian_smooth = 5e-4}, oracle.layout(), {.seed = 4});
  std::vector<double> mean(5, 0.0);
  const std::int64_t warm = 20000, steps = 200000;
  for (std::int64_t k = 0; k < warm + steps; ++k) {
    oracle.begin_batch(k);
    method.step(oracle, k);
    if (k < warm) continue;
    const State state = method.state();
    for (std::size_t i = 0; i < 5; ++i) mean[i] += hessian_of(state)[i] / steps;
  }
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(mean[i] / lambda[i], 3.5, 0.15 * 3.5);
}

TEST(Hizoo, LimitsOfTheCurvatureHold) {
  const std::vector<double> lambda = {1.0, 400.0, 900.0};
  FunctionOracle oracle(diagonal(lambda), {1.0, -1.0, 0.5});
  Hizoo method({.lr = 1e-6,
                .hessian_smooth = 0.5,
                .hessian_min = 0.9,
                .hessian_max = 3.0,
                .hessian_growth = 1.5},
               oracle.layout(),
               {.seed = 4});
  run_steps(method, oracle, 0, 1);
  auto h = hessian_of(method.state());
  EXPECT_LE(*std::max_element(h.begin(), h.end()), 1.5);
  EXPECT_DOUBLE_EQ(*std::max_element(h.begin(), h.end()), 1.5);  // the curvature is in the hundreds
  run_steps(method, oracle, 1, 20);
  h = hessian_of(method.state());
  EXPECT_LE(*std::max_element(h.begin(), h.end()), 3.0);
  EXPECT_GE(*std::min_element(h.begin(), h.end()), 0.9);
}

TEST(Hizoo, WhereTheFunctionIsFlatCurvatureFallsToItsFloorAndEveryEntryDecays) {
  Layout layout;
  layout.append("fc.weight", {1}, Role::Linear);
  layout.append("fc.bias", {1}, Role::Bias);
  layout.append("bn1.weight", {1}, Role::NormScale);
  const PlainFunction flat = [](std::span<const double>, std::int64_t) { return 1.0; };
  FunctionOracle oracle(layout, flat, {1.0, 2.0, 4.0}, Precision::Float64);
  Hizoo method(
      {.lr = 0.5, .hessian_smooth = 0.5, .hessian_min = 0.375, .weight_decay = 0.25}, layout, {});
  run_steps(method, oracle, 0, 1);
  EXPECT_EQ(hessian_of(method.state()), std::vector<double>(3, 0.5));
  EXPECT_EQ(oracle.theta(), (std::vector<double>{0.875, 1.75, 3.5}));
  run_steps(method, oracle, 1, 1);
  EXPECT_EQ(hessian_of(method.state()), std::vector<double>(3, 0.375));
}

TEST(Hizoo, AScheduleSpansTheStepsOfThreeQueriesThatTheBudgetPays) {
  FunctionOracle oracle(diagonal({1.0}), {1.0});
  Hizoo method(
      {.lr = 0.5, .lr_schedule = ScheduleKind::Cosine}, oracle.layout(), {.max_queries = 30});
  const StepReport report = run_steps(method, oracle, 5, 1);
  EXPECT_DOUBLE_EQ(report.lr, 0.25);  // half of ten steps
  EXPECT_EQ(method.queries_of_step(5), 3);
}

TEST(Hizoo, ALossThatIsNotFiniteLeavesPointAndCurvatureAlone) {
  int calls = 0;
  const PlainFunction third_fails = [&](std::span<const double> x, std::int64_t) {
    return ++calls == 3 ? std::numeric_limits<double>::infinity() : x[0] * x[0];
  };
  FunctionOracle oracle(third_fails, {1.0});
  Hizoo method({.hessian_smooth = 0.5}, oracle.layout(), {});
  const StepReport report = run_steps(method, oracle, 0, 1);
  EXPECT_TRUE(report.rejected);
  EXPECT_EQ(report.dropped, 1);
  EXPECT_EQ(oracle.theta()[0], 1.0);
  EXPECT_EQ(hessian_of(method.state())[0], 1.0);
}

}  // namespace
}  // namespace zo
