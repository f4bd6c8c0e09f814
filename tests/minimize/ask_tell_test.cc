#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "src/minimize/minimize.h"

namespace zo {
namespace {

using testing::HasSubstr;

/// Rosenbrock's valley, in a dozen coordinates.
double valley(std::span<const double> x) {
  double sum = 0.0;
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const double bend = x[i + 1] - x[i] * x[i], slope = 1.0 - x[i];
    sum += 10.0 * bend * bend + slope * slope;
  }
  return sum;
}

const std::vector<double> kStart{-1.2, 1.0, 0.5, -0.5, 0.3, 1.1, -0.9, 0.2, 0.7, 1.0, -0.1, 0.4};

std::vector<double> values_of(const Points& points) {
  std::vector<double> values;
  const std::size_t d = kStart.size();
  for (std::size_t i = 0; i < points.count; ++i) {
    values.push_back(valley(std::span(points.values).subspan(i * d, d)));
  }
  return values;
}

class EveryMethodAsked : public testing::TestWithParam<std::string> {};

TEST_P(EveryMethodAsked, GivesWhatMinimizeGivesBitForBit) {
  for (const bool bounded : {false, true}) {
    MinimizeSettings settings{.method = GetParam(), .seed = 5, .max_calls = 400};
    settings.keep_path = true;
    if (bounded) {
      // NLopt solves a problem of its own for every value of the bounded one.
      if (GetParam() == "nlopt-newuoa") settings.max_calls = 60;
      settings.lower.assign(kStart.size(), -1.5);
      settings.upper.assign(kStart.size(), 1.1);
    }
    std::vector<double> asked, called;
    AskTell run(kStart, settings);
    while (!run.done()) {
      const Points points = run.ask();
      asked.insert(asked.end(), points.values.begin(), points.values.end());
      run.tell(values_of(points));
    }
    const ValueFunction recorded = [&](std::span<const double> x) {
      called.insert(called.end(), x.begin(), x.end());
      return valley(x);
    };
    const MinimizeResult straight = minimize(recorded, kStart, settings), told = run.result();
    EXPECT_EQ(asked, called);
    EXPECT_EQ(told.x, straight.x);
    EXPECT_EQ(told.best, straight.best);
    EXPECT_EQ(told.queries, straight.queries);
    EXPECT_EQ(told.queries_report, straight.queries_report);
    EXPECT_EQ(told.steps, straight.steps);
    EXPECT_EQ(told.stop_reason, straight.stop_reason);
    EXPECT_EQ(told.path.size(), straight.path.size());
    EXPECT_GT(told.queries, 30);
  }
}

INSTANTIATE_TEST_SUITE_P(Methods,
                         EveryMethodAsked,
                         testing::ValuesIn(minimize_methods()),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(AskTell, AsksForTheStartFirstAndForTheSamePointsUntilTheyAreTold) {
  AskTell run(kStart, {.method = "cge"});
  EXPECT_EQ(run.ask().values, kStart);
  EXPECT_EQ(run.ask().values, kStart);
  EXPECT_EQ(run.result().x, kStart);
  EXPECT_TRUE(std::isnan(run.result().best));
  run.tell(std::vector<double>{valley(kStart)});
  EXPECT_GT(run.ask().count, 1u);
  EXPECT_EQ(run.result().best, valley(kStart));
  EXPECT_EQ(run.result().queries, 1);
  EXPECT_EQ(run.result().stop_reason, "");
}

TEST(AskTell, MayBeLeftMovedAndKeptBesideOthersAtAnyTime) {
  for (const std::string& method : minimize_methods()) {
    std::vector<AskTell> runs;
    for (int told = 0; told < 4; ++told) {
      AskTell run(kStart, {.method = method, .max_calls = 1000});
      for (int i = 0; i < told; ++i) run.tell(values_of(run.ask()));
      runs.push_back(std::move(run));
    }
    for (AskTell& run : runs) EXPECT_FALSE(run.done());
    runs.front() = std::move(runs.back());
    EXPECT_GE(runs.front().result().queries, 3);
  }
}

/// What `action` throws.
template <class Action>
std::string refusal(Action&& action) {
  try {
    action();
  } catch (const MinimizeError& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(AskTell, RefusesWrongSettingsAtOnceAndWrongNumbersOfValuesWithoutHarm) {
  EXPECT_THAT(refusal([] { AskTell(kStart, {.method = "zo-shah"}); }), HasSubstr("zo-sah"));
  EXPECT_THAT(refusal([] { AskTell({}, {}); }), HasSubstr("start: has no coordinates"));
  AskTell run(kStart, {.method = "cge", .max_calls = 20});
  EXPECT_EQ(refusal([&] {
              run.tell(std::vector<double>{1.0, 2.0});
            }),
            "tell: got 2 values for 1 points; give one for each");
  while (!run.done()) run.tell(values_of(run.ask()));
  EXPECT_EQ(run.ask().count, 0u);
  EXPECT_EQ(refusal([&] { run.tell(std::vector<double>{}); }),
            "tell: the run is done and asks for nothing");
}

TEST(AskTell, ARunThatFailsThrowsOnceAndIsDone) {
  AskTell run(kStart, {});
  EXPECT_THAT(
      refusal([&] { run.tell(std::vector<double>{std::numeric_limits<double>::infinity()}); }),
      HasSubstr("start: the function is inf there"));
  EXPECT_TRUE(run.done());
  EXPECT_EQ(run.result().x, kStart);
  EXPECT_EQ(run.result().stop_reason, "failed");
}

}  // namespace
}  // namespace zo
