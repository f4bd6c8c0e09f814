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
/// where no method that follows slopes gets anywhere), and a long convex one.
std::vector<std::unique_ptr<Problem>> suite() {
  std::vector<std::unique_ptr<Problem>> all;
  all.push_back(std::make_unique<Quadratic>(20, QuadraticShape{}, 1));
  all.push_back(std::make_unique<Quadratic>(30, QuadraticShape{.condition = 1000.0}, 1));
  all.push_back(std::make_unique<Rosenbrock>(2, 100.0));
  all.push_back(std::make_unique<Rosenbrock>(20, 100.0));
  all.push_back(std::make_unique<StyblinskiTang>(20, 5.0));
  all.push_back(std::make_unique<Levy>(20));
  all.push_back(std::make_unique<Quartic>(20));
  return all;
}

class Defaults : public testing::TestWithParam<std::string> {};

TEST_P(Defaults, LowerEveryProblemByATenthOfTheGapInTwoThousandCallsOrAreRefused) {
  if (GetParam() == "deepzero")
    GTEST_SKIP() << "its masks take 386 calls, more than a trial of a length";
  for (const auto& problem : suite()) {
    const ValueFunction f = [&](std::span<const double> x) { return problem->value(x); };
    const std::vector<double> start = problem->start();
    const double least = problem->optimum()->value, gap = problem->value(start) - least;
    MinimizeSettings settings{.method = GetParam(), .max_calls = 2000};
    settings.targets = {least + 0.9 * gap};
    try {
      const MinimizeResult result = minimize(f, start, settings);
      EXPECT_TRUE(result.targets[0].queries) << problem->name() << " " << start.size();
    } catch (const MinimizeError& error) {
      EXPECT_EQ(error.kind(), MinimizeError::Kind::Usage);
    }
  }
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
