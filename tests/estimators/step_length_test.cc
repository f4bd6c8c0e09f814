#include "src/estimators/step_length.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

const std::vector<std::int64_t> kOne = {0};

TEST(StepLength, AutoEndsAtTheLeastValueOfAParabolaFromTheSecondStepOn) {
  // f = ½·4·x², v = g = 4x: the best length is 1/4 for every x.
  FunctionOracle oracle(diagonal({4.0}), {1.0});
  StepLength length(StepRule::Auto, 1);
  double x = 1.0;
  const auto step = [&] {
    length.see(oracle.base(), true);
    const std::vector<double> v = {4.0 * x};
    const double t = length.choose(oracle, oracle.base(), 0.4, v[0] * v[0], kOne, v);
    oracle.move({{{0, -t * v[0]}}, {}, {}});
    x = oracle.theta()[0];
    return t;
  };
  EXPECT_EQ(step(), 0.2);
  EXPECT_NEAR(step(), 0.25, 1e-14);
  EXPECT_NEAR(x, 0.0, 1e-14);
  EXPECT_EQ(oracle.ledger().probe, 0);
}

TEST(StepLength, AutoWeighsASlopeHalfAsMuchWithEveryLaterStep) {
  // Slopes 1 and 3; curvatures q = 2(f₁ − f₀ + t p)/t² of 4 and 8, told through the losses.
  FunctionOracle oracle(diagonal({1.0}), {1.0});
  StepLength length(StepRule::Auto, 1);
  const std::vector<double> v = {1.0};
  const auto loss_after = [](double f, double t, double p, double q) {
    return f - t * p + 0.5 * q * t * t;
  };
  double f = 10.0, t = length.choose(oracle, f, 1.0, 1.0, kOne, v);
  EXPECT_EQ(t, 0.5);
  f = loss_after(f, t, 1.0, 4.0);
  length.see(f, true);
  t = length.choose(oracle, f, 1.0, 3.0, kOne, v);
  EXPECT_NEAR(t, 0.25, 1e-13);
  f = loss_after(f, t, 3.0, 8.0);
  length.see(f, true);
  t = length.choose(oracle, f, 1.0, 1.0, kOne, v);
  EXPECT_NEAR(t, (0.5 * 1.0 + 3.0) / (0.5 * 4.0 + 8.0), 1e-13);
}

TEST(StepLength, AutoStaysBetweenATwentiethOfTheLargestLengthAndTheLargest) {
  FunctionOracle oracle(diagonal({1.0}), {1.0});
  const std::vector<double> v = {1.0};
  for (const double next : {100.0, -100.0}) {  // a wall, and a fall that no curvature explains
    StepLength length(StepRule::Auto, 1);
    length.choose(oracle, 0.0, 2.0, 1.0, kOne, v);
    length.see(next, true);
    EXPECT_EQ(length.choose(oracle, 0.0, 2.0, 1.0, kOne, v), next > 0.0 ? 0.1 : 2.0);
  }
}

TEST(StepLength, AutoDoesNotCompareLossesOfDifferentBatches) {
  FunctionOracle oracle(diagonal({1.0}), {1.0});
  const std::vector<double> v = {1.0};
  StepLength length(StepRule::Auto, 1);
  length.choose(oracle, 0.0, 1.0, 1.0, kOne, v);
  length.see(100.0, false);
  EXPECT_EQ(length.choose(oracle, 0.0, 1.0, 1.0, kOne, v), 0.5);
}

TEST(StepLength, LookBackLooksAtEveryNthStepAtItsOwnPlace) {
  FunctionOracle oracle(diagonal({1.0}), {1.0});
  StepLength length(StepRule::LookBack, 1, 0.5, 3);
  const std::vector<double> v = {2.0};
  for (std::int64_t k = 0; k < 8; ++k) {
    std::vector<Probe> probes;
    length.plan(oracle, k, probes);
    const bool looks = k == 3 || k == 6;
    EXPECT_EQ(probes.size(), looks ? 2u : 0u) << k;
    EXPECT_EQ(length.queries(k), looks ? 2 : 0) << k;
    EXPECT_EQ(length.choose(oracle, 0.5, 0.1 + k, 1.0, kOne, v), 0.5 * (0.1 + k));
    if (!looks) continue;
    EXPECT_EQ(std::get<DenseProbe>(probes[1]).vector->at(0), -(0.1 + k - 1));  // of the step before
  }
}

TEST(StepLength, BacktrackTakesTheLongestLengthThatLowersTheLossEnough) {
  // f = ½x² at 1, v = 3: the loss at 1 − 3t falls for t < 2/3 and Armijo asks a hair more.
  FunctionOracle oracle(diagonal({1.0}), {1.0});
  StepLength length(StepRule::Backtrack, 3);
  EXPECT_EQ(length.queries(0), 3);
  EXPECT_EQ(length.choose(oracle, oracle.base(), 2.0, 3.0, kOne, std::vector<double>{3.0}), 0.5);
  EXPECT_EQ(oracle.ledger().probe, 3);
  // The next list starts at twice that: 1, 0.5, 0.25. With v = 1 the first is good.
  EXPECT_EQ(length.choose(oracle, oracle.base(), 2.0, 1.0, kOne, std::vector<double>{1.0}), 1.0);
}

TEST(StepLength, BacktrackRefusesToMoveUphillAndStartsShorterNextTime) {
  FunctionOracle oracle(diagonal({1.0}), {1.0});
  StepLength length(StepRule::Backtrack, 2);
  const std::vector<double> up = {-1.0}, far = {6.0};
  EXPECT_EQ(length.choose(oracle, oracle.base(), 1.0, -1.0, kOne, up), 0.0);
  // Now ¼ and ⅛: 1 − 6/4 = −½ is lower than 1.
  EXPECT_EQ(length.choose(oracle, oracle.base(), 1.0, 6.0, kOne, far), 0.25);
}

TEST(StepLength, BacktrackSkipsLengthsWhoseLossIsNotFinite) {
  const auto wall = [](std::span<const double> x, std::int64_t) {
    return x[0] < 0.3 ? std::nan("") : x[0];
  };
  FunctionOracle oracle(wall, {1.0});
  StepLength length(StepRule::Backtrack, 3);
  EXPECT_EQ(length.choose(oracle, 1.0, 1.0, 1.0, kOne, std::vector<double>{1.0}), 0.5);
}

TEST(StepLength, ContinuesFromItsSavedStateBitForBit) {
  FunctionOracle oracle(diagonal({1.0}), {1.0});
  const std::vector<double> v = {1.0};
  for (const StepRule rule : {StepRule::Auto, StepRule::Backtrack}) {
    StepLength one(rule, 2), two(rule, 2);
    one.choose(oracle, 0.5, 8.0, 1.0, kOne, v);
    one.see(0.4, true);
    one.choose(oracle, 0.4, 8.0, 0.7, kOne, v);
    State state;
    one.save(state);
    two.load(state, 1);
    one.see(0.3, true);
    two.see(0.3, true);
    EXPECT_EQ(one.choose(oracle, 0.5, 8.0, 0.6, kOne, v),
              two.choose(oracle, 0.5, 8.0, 0.6, kOne, v));
  }
}

}  // namespace
}  // namespace zo
