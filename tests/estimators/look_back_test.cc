#include "src/estimators/look_back.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "src/base/error.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

const std::vector<std::int64_t> kOne = {1};
const std::vector<double> kDown = {-1.0};  // θ moves along +1

/// Takes the step +`length` of coordinate 1 from `start` on ½·h·x², and looks back at it.
void step(LookBack& look, double start, double length, double h) {
  FunctionOracle oracle(diagonal({0.0, h}), {5.0, start});
  look.remember(length, kOne, kDown);
  oracle.move({{{1, length}}, {}, {}});
  std::vector<Probe> probes;
  look.plan(2, probes);
  ASSERT_EQ(probes.size(), 2);
  const std::vector<double> losses = oracle.evaluate(probes);
  EXPECT_NEAR(losses[0], 0.5 * h * start * start, 1e-15);  // where the step came from
  look.see(oracle.base(), losses);
}

TEST(LookBack, FollowsTheLeastValueOfTheParabolaAlongTheStep) {
  // From x = −4 by 5 to 1: the least value lies a fifth of the step behind.
  LookBack look(1.0);
  step(look, -4.0, 5.0, 3.0);
  EXPECT_NEAR(look.share(), std::exp(-0.1 / 5.0), 1e-14);
  LookBack slow(0.25);
  EXPECT_EQ(slow.share(), 0.25);
  step(slow, -4.0, 3.2, 3.0);  // a quarter of a step short
  EXPECT_NEAR(slow.share(), 0.25 * std::exp(0.1 / 4.0), 1e-14);
}

TEST(LookBack, NeverPassesTheLargestLength) {
  LookBack look(1.0);
  step(look, -4.0, 1.0, 3.0);  // three steps too short
  EXPECT_EQ(look.share(), 1.0);
}

TEST(LookBack, StopsAtATenthOfTheLargestLengthOrWhereItStarted) {
  for (const double first : {1.0, 0.5, 0.04}) {
    LookBack look(first);
    const double least = std::min(first, 0.1);
    for (int k = 0; k < 40; ++k) {
      step(look, -1.0, 1000.0, 1.0);  // far too long each time
      EXPECT_GE(look.share(), least);
    }
    EXPECT_EQ(look.share(), least);
  }
}

TEST(LookBack, WeighsAStepByNineTenthsWithEveryLaterOne) {
  LookBack look(1.0);
  step(look, -4.0, 5.0, 3.0);   // p = −3·1·5 = −15, q = 3·25 = 75
  step(look, -3.0, 2.5, 10.0);  // p = +10·0.5·2.5 = 12.5, q = 62.5
  const double ahead = (0.9 * -15.0 + 12.5) / (0.9 * 75.0 + 62.5);
  EXPECT_NEAR(look.share(), std::exp(0.1 * (-0.2 + ahead)), 1e-14);
}

TEST(LookBack, ChangesTheLengthByATenthOfItsLogarithmAtMost) {
  LookBack look(1.0);
  step(look, -1.0, 1000.0, 1.0);
  step(look, 3.0, 1000.0, 1.0);
  const double low = look.share();
  EXPECT_NEAR(low, std::exp(-0.1 * (0.999 + 1.0)), 1e-12);
  step(look, 2.0, 1.0, -1e7);  // falls ever faster: no curvature, so as far as it may
  EXPECT_NEAR(look.share(), low * std::exp(0.1), 1e-12);
}

TEST(LookBack, WithoutCurvatureAStepThatEndsUphillIsShortenedAsFarAsItMay) {
  LookBack look(1.0);
  step(look, -3.0, 1.0, -1.0);  // along ever less of a slope, on the way up: p = −2, q = −1
  EXPECT_NEAR(look.share(), std::exp(-0.1), 1e-14);
}

TEST(LookBack, AWallShortensTheNextSteps) {
  LookBack look(1.0);
  look.remember(1.0, kOne, kDown);
  look.see(2.0, std::vector<double>{1.0, std::numeric_limits<double>::infinity()});
  EXPECT_NEAR(look.share(), std::exp(-0.1), 1e-14);
  look.see(2.0, std::vector<double>{std::numeric_limits<double>::quiet_NaN(), 1.0});
  EXPECT_NEAR(look.share(), std::exp(-0.2), 1e-14);
}

TEST(LookBack, AsksNothingBeforeTheFirstStep) {
  LookBack look(1.0);
  std::vector<Probe> probes;
  look.plan(2, probes);
  EXPECT_TRUE(probes.empty());
  look.see(1.0, {});
  EXPECT_EQ(look.share(), 1.0);
}

TEST(LookBack, ContinuesFromItsSavedStateBitForBit) {
  LookBack straight(1.0);
  step(straight, -4.0, 5.0, 3.0);
  State state;
  straight.save(state);
  LookBack resumed(0.5);
  resumed.load(state, 2);
  std::vector<Probe> ours, theirs;
  straight.plan(2, ours);
  resumed.plan(2, theirs);
  EXPECT_EQ(*std::get<DenseProbe>(ours[0]).vector, *std::get<DenseProbe>(theirs[0]).vector);
  step(straight, -1.0, 1.5, 2.0);
  step(resumed, -1.0, 1.5, 2.0);
  EXPECT_EQ(straight.share(), resumed.share());
  state["look_back"] = std::vector<double>{1.0};
  EXPECT_THROW(resumed.load(state, 2), Error);
}

}  // namespace
}  // namespace zo
