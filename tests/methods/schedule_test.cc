#include "src/methods/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace zo {
namespace {

TEST(Schedule, WarmUpRisesLinearlyFromTheFirstStep) {
  const Schedule schedule{
      .kind = ScheduleKind::Constant, .lr = 0.8, .warmup = 4.0, .horizon = 10.0};
  const double expected[] = {0.2, 0.4, 0.6, 0.8, 0.8, 0.8};
  for (int k = 0; k < 6; ++k) EXPECT_NEAR(learning_rate(schedule, k), expected[k], 1e-15);
}

TEST(Schedule, CosineFallsFromTheWarmUpToZeroAtTheHorizon) {
  const Schedule schedule{.kind = ScheduleKind::Cosine, .lr = 2.0, .warmup = 2.0, .horizon = 10.0};
  EXPECT_NEAR(learning_rate(schedule, 0), 1.0, 1e-15);
  EXPECT_NEAR(learning_rate(schedule, 2), 2.0, 1e-15);
  EXPECT_NEAR(learning_rate(schedule, 4), 1.0 + std::sqrt(0.5), 1e-15);  // a quarter of the way
  EXPECT_NEAR(learning_rate(schedule, 6), 1.0, 1e-15);
  EXPECT_NEAR(learning_rate(schedule, 10), 0.0, 1e-15);
  EXPECT_NEAR(learning_rate(schedule, 99), 0.0, 1e-15);
}

TEST(Schedule, StepDropsTenfoldAtHalfAndThreeQuartersOfTheHorizon) {
  const Schedule schedule{.kind = ScheduleKind::Step, .lr = 1.0, .warmup = 0.0, .horizon = 8.0};
  const double expected[] = {1.0, 1.0, 1.0, 1.0, 0.1, 0.1, 0.01, 0.01, 0.01};
  for (int k = 0; k < 9; ++k) EXPECT_NEAR(learning_rate(schedule, k), expected[k], 1e-15);
}

TEST(Schedule, PlannedStepsAreTheSmallerLimit) {
  const auto queries = [](std::int64_t k) { return k == 0 ? 10 : 4; };
  EXPECT_EQ(planned_steps({}, queries), 0);
  EXPECT_EQ(planned_steps({.max_steps = 7}, queries), 7);
  // Steps end at 10, 14, 18, 22 queries: no step begins that would pass the budget.
  EXPECT_EQ(planned_steps({.max_queries = 9}, queries), 0);
  EXPECT_EQ(planned_steps({.max_queries = 18}, queries), 3);
  EXPECT_EQ(planned_steps({.max_queries = 21}, queries), 3);
  EXPECT_EQ(planned_steps({.max_queries = 22}, queries), 4);
  EXPECT_EQ(planned_steps({.max_queries = 1000, .max_steps = 2}, queries), 2);
  EXPECT_EQ(planned_steps({.max_queries = 1, .max_steps = 50}, queries), 0);
}

TEST(Schedule, StepsOfALargeBudgetAreNotCountedOneByOne) {
  std::int64_t asked = 0;
  const auto queries = [&](std::int64_t k) { return ++asked, k % 5 == 0 ? 9 : 4; };  // 5 a step
  const std::int64_t budget = 1000000000000;
  EXPECT_EQ(planned_steps({.max_queries = budget}, queries), budget / 5);
  EXPECT_LE(asked, 1000000);
  EXPECT_EQ(planned_steps({.max_queries = budget, .max_steps = 3000000}, queries), 3000000);
  EXPECT_EQ(planned_steps({.max_queries = 4999999}, queries), 999999);
  EXPECT_EQ(planned_steps({.max_queries = 5000000}, queries), 1000000);
  EXPECT_EQ(planned_steps({.max_queries = 5000009}, queries), 1000001);
}

TEST(Schedule, AutoIsCosineWhereTheRunHasALimitAndElseConstant) {
  const auto queries = [](std::int64_t) { return 5; };
  EXPECT_EQ(planned_schedule(ScheduleKind::Auto, 2.0, {}, queries).kind, ScheduleKind::Constant);
  for (const RunPlan& plan : {RunPlan{.max_queries = 40}, RunPlan{.max_steps = 8}}) {
    const Schedule schedule = planned_schedule(ScheduleKind::Auto, 2.0, plan, queries);
    EXPECT_EQ(schedule.kind, ScheduleKind::Cosine);
    EXPECT_EQ(schedule.horizon, 8.0);
    EXPECT_EQ(schedule.lr, 2.0);
  }
}

}  // namespace
}  // namespace zo
