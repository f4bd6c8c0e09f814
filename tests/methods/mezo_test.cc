#include "src/methods/mezo.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "src/estimators/directions.h"
#include "tests/methods/mean_step.h"
#include "tests/methods/run_steps.h"

namespace zo {
namespace {

using namespace zo::test;

constexpr std::uint64_t kSeed = 7;

std::vector<double> direction(std::int64_t k, std::int64_t r, std::int64_t d) {
  const DirectionStream stream{.seed = kSeed, .step = k};
  DenseProbe probe;
  probe.seed = stream.direction_seed(r);
  std::vector<double> z(d);
  direction_entries(probe, 0, z);
  return z;
}

double figure(const StepReport& report, const std::string& name) {
  for (const auto& [key, value] : report.extra) {
    if (key == name) return value;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

TEST(Mezo, StepsAgainstTheSlopeAlongEachDirection) {
  SmallQuadratic q;
  MezoOptions options{.directions = 2, .eps = 0.1, .lr = 0.03};
  FunctionOracle oracle(q.function, q.start);
  Mezo method(options, oracle.layout(), {.seed = kSeed});
  run_steps(method, oracle, 0, 1);
  Eigen::VectorXd expected = q.x;
  for (std::int64_t r = 0; r < 2; ++r) {
    const auto entries = direction(0, r, q.kD);
    const Eigen::Map<const Eigen::VectorXd> z(entries.data(), q.kD);
    expected -= 0.03 * 0.5 * q.gradient.dot(z) * z;
  }
  const auto theta = oracle.theta();
  for (std::int64_t i = 0; i < q.kD; ++i) EXPECT_NEAR(theta[i], expected[i], 1e-13);
}

TEST(Mezo, TheSlopeIsExactOnAQuadraticHoweverFarThePointsAre) {
  SmallQuadratic q;
  for (const double eps : {1e-2, 1.0, 20.0}) {
    FunctionOracle oracle(q.function, q.start);
    Mezo method({.eps = eps}, oracle.layout(), {.seed = kSeed});
    const auto entries = direction(0, 0, q.kD);
    const double slope = q.gradient.dot(Eigen::Map<const Eigen::VectorXd>(entries.data(), q.kD));
    EXPECT_NEAR(figure(run_steps(method, oracle, 0, 1), "slope"), slope, 1e-11);
  }
}

TEST(Mezo, TheMeanStepIsTheGradientAndItsSecondMomentDPlusTwoTimesTheGradients) {
  SmallQuadratic q;
  StillOracle oracle(q.function, q.start);
  Mezo method({.eps = 0.3, .lr = 0.5}, oracle.layout(), {.seed = kSeed});
  const Draws square = expect_mean_step(method, oracle, 0.5, q.gradient, 100000);
  expect_mean(square, (q.kD + 2) * q.gradient.squaredNorm());
}

TEST(Mezo, ARunCanBeReplayedFromItsSeedsAndSlopesBitForBit) {
  SmallQuadratic q;
  FunctionOracle oracle(q.function, q.start), replay(q.function, q.start);
  Mezo method({.lr = 0.01}, oracle.layout(), {.seed = kSeed});
  for (std::int64_t k = 0; k < 30; ++k) {
    const StepReport report = run_steps(method, oracle, k, 1);
    const DirectionStream stream{.seed = kSeed, .step = k};
    DenseProbe step;
    step.scale = -0.01 * figure(report, "slope");
    step.seed = stream.direction_seed(0);
    Update update;
    update.directions = {step};
    replay.move(update);
  }
  EXPECT_EQ(replay.theta(), oracle.theta());
}

TEST(Mezo, CostsTwoQueriesADirectionAndTheBaseOnlyOnRequestOrWithBatchNorm) {
  Layout plain = plain_layout(4), normed = plain;
  normed.append("bn1.weight", {2}, Role::NormScale);
  EXPECT_EQ(Mezo({.directions = 3}, plain, {}).queries_of_step(0), 6);
  EXPECT_EQ(Mezo({.directions = 3, .base_query = BaseQuery::On}, plain, {}).queries_of_step(0), 7);
  EXPECT_EQ(Mezo({.directions = 3}, normed, {}).queries_of_step(0), 7);
  EXPECT_EQ(Mezo({.directions = 3, .base_query = BaseQuery::Off}, normed, {}).queries_of_step(0),
            6);

  SmallQuadratic q;
  FunctionOracle oracle(q.function, q.start);
  Mezo quiet({.eps = 0.5}, oracle.layout(), {.seed = kSeed});
  const double base = q.function(q.start, 0);
  const double reported = run_steps(quiet, oracle, 0, 1).loss;  // the mean of the two probes
  EXPECT_EQ(oracle.ledger().base, 0);
  EXPECT_NE(reported, base);
  FunctionOracle again(q.function, q.start);
  Mezo loud({.eps = 0.5, .base_query = BaseQuery::On}, again.layout(), {.seed = kSeed});
  EXPECT_EQ(run_steps(loud, again, 0, 1).loss, base);
  EXPECT_EQ(again.theta(), oracle.theta());
}

TEST(Mezo, WeightDecayShrinksWeightsButNeitherBiasesNorNormalisation) {
  Layout layout;
  layout.append("conv1.weight", {1}, Role::Convolution);
  layout.append("fc.weight", {1}, Role::Linear);
  layout.append("fc.bias", {1}, Role::Bias);
  layout.append("bn1.weight", {1}, Role::NormScale);
  layout.append("bn1.bias", {1}, Role::NormShift);
  const PlainFunction flat = [](std::span<const double>, std::int64_t) { return 1.0; };
  FunctionOracle oracle(layout, flat, {1.0, 2.0, 3.0, 4.0, 5.0}, Precision::Float64);
  Mezo method({.lr = 0.5, .weight_decay = 0.25}, layout, {});
  run_steps(method, oracle, 0, 1);
  EXPECT_EQ(oracle.theta(), (std::vector<double>{0.875, 1.75, 3.0, 4.0, 5.0}));
}

TEST(Mezo, ADirectionThatIsNotFiniteIsLeftOutOfTheMean) {
  const double entry = direction(0, 0, 1)[0];
  const PlainFunction wall = [entry](std::span<const double> x, std::int64_t) {
    return x[0] == entry ? std::numeric_limits<double>::quiet_NaN() : 2.0 * x[0];
  };
  FunctionOracle oracle(wall, {0.0});
  Mezo method({.directions = 2, .eps = 1.0, .lr = 0.1}, oracle.layout(), {.seed = kSeed});
  const StepReport report = run_steps(method, oracle, 0, 1);
  EXPECT_EQ(report.dropped, 1);
  EXPECT_FALSE(report.rejected);
  const double z = direction(0, 1, 1)[0];
  EXPECT_DOUBLE_EQ(oracle.theta()[0], -0.1 * 2.0 * z * z);
}

}  // namespace
}  // namespace zo
