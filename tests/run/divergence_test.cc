#include "src/run/divergence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace zo {
namespace {

const std::vector<double> kStart = {0.5, -2.0};

StepReport step(double loss, std::int64_t dropped = 0, bool rejected = false) {
  StepReport report;
  report.loss = loss;
  report.dropped = dropped;
  report.rejected = rejected;
  return report;
}

TEST(DivergenceWatchTest, BadStepsCountOnlyInARow) {
  DivergenceWatch watch(kStart);
  for (int i = 0; i < 19; ++i) watch.see(step(NAN), 3);
  EXPECT_EQ(watch.verdict(), "");
  EXPECT_FALSE(watch.is_sound());
  EXPECT_NE(watch.verdict(true), "");
  watch.see(step(2.3), 3);
  EXPECT_TRUE(watch.is_sound());
  EXPECT_EQ(watch.verdict(true), "");
  for (int i = 0; i < 20; ++i) watch.see(step(-NAN), 3);
  EXPECT_EQ(watch.verdict(), "the loss was nan, for 20 steps in a row");
  watch.see(step(-INFINITY), 3);
  EXPECT_EQ(watch.last(), "the loss was -inf");
}

TEST(DivergenceWatchTest, LessThanHalfOfTheLossesMayBeMissing) {
  DivergenceWatch watch(kStart);
  watch.see(step(2.3, 4), 10);
  EXPECT_TRUE(watch.is_sound());
  watch.see(step(2.3, 5), 10);
  EXPECT_FALSE(watch.is_sound());
  EXPECT_EQ(watch.last(), "5 of the 10 losses of a step were not finite");
}

TEST(DivergenceWatchTest, ALossMayBeHighButNotAbsurd) {
  DivergenceWatch watch(kStart);
  watch.see(step(9999), 10);
  EXPECT_TRUE(watch.is_sound());
  watch.see(step(10001), 10);
  EXPECT_FALSE(watch.is_sound());
}

TEST(DivergenceWatchTest, ARejectedStepHasDoneNoHarm) {
  DivergenceWatch watch(kStart);
  for (int i = 0; i < 30; ++i) watch.see(step(NAN, 0, true), 1);
  EXPECT_TRUE(watch.is_sound());
  EXPECT_EQ(watch.last(), "the loss was nan");
  watch.see(step(2.0, 0, true), 1);
  EXPECT_EQ(watch.last(), "the step that followed from finite losses was not finite or too long");
  StepReport uphill = step(2.0, 0, true);
  uphill.no_descent = true;
  watch.see(uphill, 1);
  EXPECT_EQ(watch.last(), "no length of the step lowered the loss");
}

TEST(DivergenceWatchTest, WeightsOutOfRangeAreAVerdictAtOnce) {
  DivergenceWatch watch(kStart);
  watch.look_at(std::vector<double>{-1e6, 1e6});
  EXPECT_EQ(watch.verdict(), "");
  watch.look_at(std::vector<double>{0.0, -1.1e6});
  EXPECT_EQ(watch.verdict(), "a weight is -1.1e+06, beyond 1e+06");
  EXPECT_FALSE(watch.is_sound());
  watch.look_at(std::vector<double>{0.0, NAN});
  EXPECT_EQ(watch.verdict(), "a weight is nan, beyond 1e+06");
  // A run that starts from large weights may have them.
  DivergenceWatch large(std::vector<double>{3e7});
  large.look_at(std::vector<double>{2.9e8});
  EXPECT_TRUE(large.is_sound());
  large.look_at(std::vector<double>{std::numeric_limits<double>::infinity()});
  EXPECT_FALSE(large.is_sound());
}

}  // namespace
}  // namespace zo
