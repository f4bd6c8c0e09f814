// What a user gets who names a method and nothing else.
#include <gtest/gtest.h>

#include <memory>

#include "src/minimize/minimize.h"
#include "src/problems/quadratic.h"
#include "src/problems/rosenbrock.h"
#include "src/problems/separable.h"

namespace zo {
namespace {

/// The problems of `minimize` whose first tenth no barrier closes off (Ackley's starts among its hollows,
/// where no method that follows slopes gets anywhere), in few and in many coordinates.
std::vector<std::unique_ptr<Problem>> suite() {
  std::vector<std::unique_ptr<Problem>> all;
  for (const std::int64_t d : {1, 2, 3, 4, 5, 8, 20}) {
    all.push_back(std::make_unique<Quadratic>(d, QuadraticShape{}, 1));
    if (d > 1) all.push_back(std::make_unique<Rosenbrock>(d, 100.0));
    all.push_back(std::make_unique<StyblinskiTang>(d, 5.0));
    all.push_back(std::make_unique<Levy>(d));
    all.push_back(std::make_unique<Quartic>(d));
  }
  all.push_back(std::make_unique<Quadratic>(30, QuadraticShape{.condition = 1000.0}, 1));
  return all;
}

class Defaults : public testing::TestWithParam<std::string> {};

TEST_P(Defaults, LowerEveryProblemByATenthOfTheGapInTwoThousandCallsOrAreRefused) {
  for (const auto& problem : suite()) {
    const std::vector<double> start = problem->start();
    const double least = problem->optimum()->value, gap = problem->value(start) - least;
    for (const std::int64_t seed : {1, 2, 3}) {
      std::int64_t calls = 0;
      const ValueFunction f = [&](std::span<const double> x) {
        ++calls;
        return problem->value(x);
      };
      const auto of = ::testing::Message() << problem->name() << " " << start.size() << " " << seed;
      try {
        const MinimizeResult result =
            minimize(f, start, {.method = GetParam(), .seed = seed, .max_calls = 2000});
        EXPECT_LE(result.best, least + 0.9 * gap) << of;
        EXPECT_EQ(result.best, problem->value(result.x)) << of;
        EXPECT_EQ(calls, result.queries + result.queries_report) << of;
        EXPECT_LE(calls, 2000) << of;
      } catch (const MinimizeError& error) {
        EXPECT_EQ(error.kind(), MinimizeError::Kind::Usage);
        EXPECT_LT(start.size(), 5u) << of << " " << error.what();  // a tenth of fewer is none
      }
    }
  }
}

/// ZoVH's inverse is the one option beside the length that a run chooses itself.
std::string inverse_found(MinimizeSettings settings, std::size_t dimension) {
  settings.method = "zovh";
  settings.max_calls = 300;
  const ValueFunction sphere = [](std::span<const double> x) {
    double sum = 0.0;
    for (const double value : x) sum += value * value;
    return sum;
  };
  const auto found = minimize(sphere, std::vector<double>(dimension, 1.0), settings).found;
  const auto inverse = found.find("inverse");
  return inverse == found.end() ? "" : inverse->second.text;
}

TEST(ZovhByDefault, LeavesItsInverseOutWhereItsQueriesAreMoreThanHalfTheCoordinates) {
  EXPECT_EQ(inverse_found({}, 23), "none");
  EXPECT_EQ(inverse_found({}, 24), "");
  EXPECT_EQ(inverse_found({.options = {{"history", 1}}}, 6), "");
  EXPECT_EQ(inverse_found({.options = {{"inverse", "exact"}}}, 2), "");
  EXPECT_EQ(inverse_found({.options = {{"lr", 1e-3}}}, 2), "");
  EXPECT_EQ(inverse_found({.max_steps = 9}, 2), "");
}

INSTANTIATE_TEST_SUITE_P(Methods,
                         Defaults,
                         testing::ValuesIn(minimize_methods()),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace zo
