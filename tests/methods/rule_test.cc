#include "src/methods/rule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "src/base/error.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

using Values = std::vector<double>;
using Slots = std::vector<std::int64_t>;

constexpr std::int64_t kD = 5;
const Values kStart = {1.0, -2.0, 0.5, 3.0, -1.0};

FunctionOracle still() { return FunctionOracle(diagonal(Values(kD, 1.0)), kStart); }

Values direction(int step, std::size_t size) {
  Values v;
  for (std::size_t i = 0; i < size; ++i) v.push_back(0.3 + gaussian(7, step * 16 + i));
  return v;
}

double step(UpdateRule& rule, LossOracle& oracle, const Slots& at, const Values& v, double lr) {
  const auto length = rule.take(oracle, rule.propose(oracle, at, v), lr);
  EXPECT_TRUE(length.has_value());
  return length.value_or(0.0);
}

State saved(const UpdateRule& rule) {
  State state;
  rule.save(state);
  return state;
}

TEST(UpdateRule, PlainMovesTheSubsetAlongTheDirectionAndItsDecay) {
  FunctionOracle oracle = still();
  UpdateRule rule({.kind = Rule::Plain, .weight_decay = 0.1}, kD);
  const double length = step(rule, oracle, {3, 1}, {2.0, -4.0}, 0.5);
  EXPECT_DOUBLE_EQ(oracle.theta()[3], 3.0 - 0.5 * (2.0 + 0.1 * 3.0));
  EXPECT_DOUBLE_EQ(oracle.theta()[1], -2.0 - 0.5 * (-4.0 + 0.1 * -2.0));
  EXPECT_DOUBLE_EQ(length, 0.5 * std::hypot(2.3, 4.2));
  for (const int i : {0, 2, 4}) EXPECT_EQ(oracle.theta()[i], kStart[i]);
}

/// Every coordinate by the formulas of the header, one at a time.
TEST(UpdateRule, MomentumTreatsCoordinatesOutsideTheSubsetAsToldTo) {
  for (const Outside outside : {Outside::Coast, Outside::Decay, Outside::Hold, Outside::Forget}) {
    FunctionOracle oracle = still();
    UpdateRule rule(
        {.kind = Rule::Momentum, .outside = outside, .momentum = 0.8, .weight_decay = 0.1}, kD);
    Values x = kStart, buffer(kD, 0.0);
    const std::vector<Slots> subsets = {{0, 1}, {0, 1}, {4, 1}, {4, 1}, {2, 3}};
    for (int k = 0; k < 5; ++k) {
      const Values v = direction(k, 2);
      if (k > 0 && subsets[k] != subsets[k - 1]) {
        rule.begin_subset();
        if (outside == Outside::Forget) buffer.assign(kD, 0.0);
      }
      EXPECT_EQ(rule.propose(oracle, subsets[k], v).everywhere, outside != Outside::Hold);
      const double length = step(rule, oracle, subsets[k], v, 0.3);
      double square = 0.0;
      for (int i = 0; i < kD; ++i) {
        const auto slot = std::find(subsets[k].begin(), subsets[k].end(), i) - subsets[k].begin();
        const bool inside = slot < 2;
        if (!inside && outside == Outside::Hold) continue;
        const double decay = inside || outside == Outside::Decay ? 0.1 * x[i] : 0.0;
        const double push = inside ? v[slot] : 0.0;
        // The order of the sum is part of what a repeated run relies on.
        buffer[i] = outside == Outside::Decay || outside == Outside::Hold
                        ? 0.8 * buffer[i] + push + decay
                        : 0.8 * buffer[i] + (push + decay);
        x[i] -= 0.3 * buffer[i];
        square += 0.09 * buffer[i] * buffer[i];
      }
      EXPECT_NEAR(length, std::sqrt(square), 1e-14);
      EXPECT_EQ(oracle.theta(), x) << "step " << k;
    }
  }
}

TEST(UpdateRule, AdamAndPairRootAreTheMomentsOfTheDirectionsPlusDecay) {
  for (const bool pair : {false, true}) {
    FunctionOracle oracle = still();
    UpdateRule rule({.kind = pair ? Rule::PairRoot : Rule::Adam,
                     .momentum = 0.7,
                     .second_decay = 0.9,
                     .floor = 1e-3,
                     .weight_decay = 0.1},
                    kD);
    GradientMoments moments({.kind = pair ? Preconditioner::Pair : Preconditioner::Diagonal,
                             .first_decay = 0.7,
                             .second_decay = 0.9,
                             .floor = 1e-3},
                            kD);
    Values x = kStart;
    for (int k = 0; k < 4; ++k) {
      const Slots at = {4, 0, 2, 3};
      const Values v = direction(k, 4), along = moments.direction(at, v);
      const auto proposal = rule.propose(oracle, at, v);
      EXPECT_EQ(proposal.direction, along);
      EXPECT_FALSE(proposal.everywhere);
      step(rule, oracle, at, v, 0.2);
      for (int s = 0; s < 4; ++s) x[at[s]] -= 0.2 * (along[s] + 0.1 * x[at[s]]);
      for (int i = 0; i < kD; ++i) EXPECT_NEAR(oracle.theta()[i], x[i], 1e-14);
    }
  }
}

TEST(UpdateRule, AStepThatWouldLeaveTheNumbersOfThetaIsNotTakenAndNotRemembered) {
  for (const Rule kind : {Rule::Plain, Rule::Momentum, Rule::Adam, Rule::PairRoot}) {
    FunctionOracle oracle(plain_layout(kD), diagonal(Values(kD, 1.0)), kStart, Precision::Float32);
    UpdateRule rule({.kind = kind}, kD);
    step(rule, oracle, {0, 1}, {1.0, 2.0}, 0.1);
    const Values theta = oracle.theta();
    const State before = saved(rule);
    // 1e300 is a double, but no float.
    EXPECT_FALSE(rule.take(oracle, rule.propose(oracle, Slots{1, 2}, Values{1.0, 1.0}), 1e300));
    EXPECT_EQ(oracle.theta(), theta);
    EXPECT_EQ(saved(rule), before);
  }
}

TEST(UpdateRule, ARefusedStepEmptiesTheBufferAndTeachesTheMoments) {
  FunctionOracle oracle = still();
  UpdateRule momentum({.kind = Rule::Momentum}, kD), adam({.kind = Rule::Adam}, kD),
      shown({.kind = Rule::Adam}, kD);
  step(momentum, oracle, {0, 1}, {1.0, 2.0}, 0.1);
  momentum.refuse(momentum.propose(oracle, Slots{0, 1}, Values{1.0, 1.0}));
  EXPECT_EQ(std::get<Values>(saved(momentum).at("velocity")), Values(kD, 0.0));
  adam.refuse(adam.propose(oracle, Slots{0, 1}, Values{1.0, 1.0}));
  step(shown, oracle, {0, 1}, {1.0, 1.0}, 0.1);
  EXPECT_EQ(saved(adam), saved(shown));
}

TEST(UpdateRule, ContinuesFromItsSavedStateBitForBitAndRefusesAnotherKinds) {
  for (const Rule kind : {Rule::Plain, Rule::Momentum, Rule::Adam, Rule::PairRoot}) {
    FunctionOracle one = still();
    UpdateRule first({.kind = kind}, kD), second({.kind = kind}, kD);
    for (int k = 0; k < 3; ++k) step(first, one, {3, 0}, direction(k, 2), 0.1);
    second.load(saved(first));
    const auto a = first.propose(one, Slots{3, 0}, direction(9, 2));
    const auto b = second.propose(one, Slots{3, 0}, direction(9, 2));
    EXPECT_EQ(a.along, b.along);
    EXPECT_EQ(a.at, b.at);
    if (kind == Rule::Plain) continue;  // remembers nothing
    EXPECT_THROW(second.load({}), Error);
  }
}

TEST(Norm, IsEuclidean) { EXPECT_DOUBLE_EQ(norm(Values{3.0, 0.0, -4.0}), 5.0); }

}  // namespace
}  // namespace zo
