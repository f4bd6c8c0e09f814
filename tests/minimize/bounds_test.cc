#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/minimize/minimize.h"
#include "src/oracle/box.h"

namespace zo {
namespace {

using testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class Bounded : public testing::TestWithParam<std::string> {};

TEST_P(Bounded, IsNeverAskedOutsideWhereverTheStartLies) {
  // Four kinds of coordinates, three of each: no option of a method needs more.
  std::vector<double> low, high, bottom, top;
  for (int i = 0; i < 3; ++i) {
    low.insert(low.end(), {0.0, -1.0, -kInfinity, 2.0});
    high.insert(high.end(), {1.0, -1.0 + 1e-5, 0.0, kInfinity});
    bottom.insert(bottom.end(), {0.0, -1.0, -3.0, 2.0});
    top.insert(top.end(), {1.0, -1.0, 0.0, 2.0});
  }
  for (const std::vector<double>& start : {bottom, top}) {
    MinimizeSettings settings{.method = GetParam(), .lower = low, .upper = high, .max_calls = 500};
    std::int64_t outside = 0;
    const ValueFunction f = [&](std::span<const double> x) {
      double sum = 0.0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        outside += low[i] <= x[i] && x[i] <= high[i] ? 0 : 1;
        sum += 0.5 * (x[i] - 0.7) * (x[i] - 0.7);
      }
      return sum;
    };
    const MinimizeResult result = minimize(f, start, settings);
    EXPECT_EQ(outside, 0);
    EXPECT_LE(result.best, result.start_value);
  }
}

std::string identifier(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Methods, Bounded, testing::ValuesIn(minimize_methods()), identifier);

/// Least at (2, −3, 1) without bounds; the first two are coupled.
double bowl(std::span<const double> x) {
  const double a = x[0] - 2.0, b = x[1] + 3.0, c = x[2] - 1.0;
  return 20.0 * a * a + b * b + 4.0 * a * b + 0.5 * c * c;
}

class Reaches : public testing::TestWithParam<std::string> {};

TEST_P(Reaches, TheLeastPointOfTheBoxFromInsideAndFromACornerAcross) {
  // On x_0 = 1 the value is 20 + b² − 4b + ½c², least at b = 2: x = (1, −1, 1).
  for (const std::vector<double>& start :
       {std::vector{0.3, 0.4, 0.2}, std::vector{-2.0, 1.5, 3.0}}) {
    MinimizeSettings settings{.method = GetParam(),
                              .lower = {-2.0, -4.0, -1.0},
                              .upper = {1.0, 1.5, 3.0},
                              .max_calls = 3000};
    // One-sided differences shift the least point by half a step of theirs.
    if (GetParam() == "cge") settings.options = {{"lr", 0.02}, {"eps", 1e-4}};
    const MinimizeResult result = minimize(ValueFunction(bowl), start, settings);
    EXPECT_EQ(result.x[0], 1.0);
    EXPECT_NEAR(result.x[1], -1.0, 2e-3);
    EXPECT_NEAR(result.x[2], 1.0, 2e-3);
  }
}

INSTANTIATE_TEST_SUITE_P(Methods,
                         Reaches,
                         testing::Values("zo-sah", "zo-sah-plus", "cge", "nlopt-bobyqa"),
                         identifier);

TEST(Bounds, ThatLeaveNoRoomOrExcludeTheStartAreRefused) {
  const auto refusal = [](std::vector<double> lower, std::vector<double> upper) -> std::string {
    try {
      MinimizeSettings settings{.lower = std::move(lower), .upper = std::move(upper)};
      minimize(ValueFunction(bowl), {0.0, 0.0, 0.0}, settings);
    } catch (const MinimizeError& error) {
      EXPECT_EQ(error.kind(), MinimizeError::Kind::Usage);
      return error.what();
    }
    return "nothing was refused";
  };
  EXPECT_EQ(refusal({0.0, 0.0}, {}),
            "lower: has 2 entries and the start 3; give one for every coordinate");
  EXPECT_EQ(refusal({-1.0, 1.0, -1.0}, {1.0, 0.5, 1.0}),
            "bounds of coordinate 1: [1, 0.5] holds no number");
  EXPECT_EQ(refusal({}, {1.0, 1.0, std::nan("")}),
            "bounds of coordinate 2: [-inf, nan] holds no number");
  EXPECT_EQ(refusal({}, {1.0, -1.0, 1.0}),
            "start: coordinate 1 is 0, outside its bounds [-inf, -1]; start within them");
}

TEST(Box, TurnsEditsThatLeaveItInwardsToTwoDifferentPoints) {
  const Box box{{0.0}, {1.0}};
  EXPECT_EQ(box.reached(0, 0.5, 0.25), 0.75);
  EXPECT_EQ(box.reached(0, 1.0, 0.25), 0.75);
  EXPECT_EQ(box.reached(0, 1.0, -0.25), 0.5);
  EXPECT_EQ(box.reached(0, 0.0, -0.25), 0.25);
  EXPECT_EQ(box.reached(0, 0.0, 0.25), 0.5);
  EXPECT_EQ(box.reached(0, 0.5, 2.0), 1.0);  // no room on either side: up goes first, and farther
  EXPECT_EQ(box.reached(0, 0.5, -2.0), 0.75);
  EXPECT_EQ((Box{{1.0}, {1.0}}.reached(0, 1.0, 0.1)), 1.0);
  EXPECT_EQ(Box{}.reached(0, 1.0, 0.1), 1.1);
}

}  // namespace
}  // namespace zo
