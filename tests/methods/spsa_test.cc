#include "src/methods/spsa.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/estimators/directions.h"
#include "tests/methods/mean_step.h"
#include "tests/methods/run_steps.h"

namespace zo {
namespace {

using namespace zo::test;

TEST(Spsa, DividesTheDifferenceByEachSign) {
  SmallQuadratic q;
  FunctionOracle oracle(q.function, q.start);
  Spsa method({}, oracle.layout(), {.seed = 3});
  run_steps(method, oracle, 0, 1);
  const auto signs = seeded_directions({.seed = 3, .step = 0}, 1, Law::Rademacher)[0];
  std::vector<double> plus = q.start, minus = q.start;
  for (std::int64_t i = 0; i < q.kD; ++i) {
    plus[i] += 0.3 * direction_entry(signs, i);
    minus[i] -= 0.3 * direction_entry(signs, i);
  }
  for (std::int64_t i = 0; i < q.kD; ++i) {  // Spall's division form
    const double g =
        (q.function(plus, 0) - q.function(minus, 0)) / (2.0 * 0.3 * direction_entry(signs, i));
    EXPECT_NEAR(oracle.theta()[i], q.start[i] - 0.16 * g, 1e-13);
  }
}

TEST(Spsa, BothGainsFollowTheirSequences) {
  SmallQuadratic q;
  StillOracle oracle(q.function, q.start);
  Spsa method({.lr = 0.2, .eps = 0.4, .stability = 0.1}, oracle.layout(), {.max_queries = 2000});
  for (const std::int64_t k : {0, 1, 9, 999}) {
    const StepReport report = method.step(oracle, k);  // 1000 steps are planned: A = 100
    EXPECT_DOUBLE_EQ(report.lr, 0.2 / std::pow(static_cast<double>(k) + 101.0, 0.602));
    EXPECT_DOUBLE_EQ(report.extra[1].second, 0.4 / std::pow(static_cast<double>(k) + 1.0, 0.101));
  }
}

TEST(Spsa, TheEstimateIsUnbiasedAndItsSquareIsDTimesTheSquaredSlopeInEveryDraw) {
  SmallQuadratic q;
  StillOracle oracle(q.function, q.start);
  Spsa method({.lr = 0.5, .lr_decay = 0.0}, oracle.layout(), {.seed = 3});
  const Draws square = expect_mean_step(method, oracle, 0.5, q.gradient, 100000);
  expect_mean(square, q.kD * q.gradient.squaredNorm());
  for (std::int64_t k = 0; k < 20; ++k) {
    const double slope = method.step(oracle, k).extra[0].second;
    double sum = 0.0;
    for (const double moved : oracle.moved()) sum += moved * moved / 0.25;
    EXPECT_NEAR(sum, q.kD * slope * slope, 1e-12 * sum);
  }
}

TEST(Spsa, CostsTwoQueries) {
  EXPECT_EQ(Spsa({}, plain_layout(3), {}).queries_of_step(5), 2);
  EXPECT_EQ(Spsa({.base_query = BaseQuery::On}, plain_layout(3), {}).queries_of_step(5), 3);
}

}  // namespace
}  // namespace zo
