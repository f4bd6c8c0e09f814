#include "src/run/run_costs.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/registry.h"
#include "tests/run/small_data.h"

namespace zo {
namespace {

/// Asks for 2, 3, 4, 2, 3, 4, ... queries, and for 5 more in the first step.
class CountedMethod final : public Method {
 public:
  StepReport step(LossOracle&, std::int64_t) override { return {}; }
  State state() const override { return {}; }
  void load_state(const State&) override {}
  std::int64_t steps_per_batch() const override { return 2; }
  std::int64_t queries_once() const override { return 5; }
  std::int64_t queries_of_step(std::int64_t k) const override {
    return 2 + k % 3 + (k == 0 ? 5 : 0);
  }
};

class RunCostsTest : public testing::Test {
 protected:
  RunCostsTest() {
    session_.data = {noise_pictures(20, "train"), noise_pictures(30, "test")};
    session_.network = make_network("mlp", {3, 32, 32}, 10);
    session_.batches = std::make_unique<BatchSource>(session_.data.train, 8, 1, Augment::None);
    session_.method = std::make_unique<CountedMethod>();
  }
  TrainOptions options(std::vector<std::string> words) const {
    for (const char* fixed : {"--batch", "8", "--model", "mlp"}) words.emplace_back(fixed);
    return TrainCommand(words).options;
  }
  StepsLeft left(const std::vector<std::string>& words, std::int64_t spent = 0) const {
    return steps_left(options(words), session_, spent);
  }
  double seconds(std::vector<std::string> words, const RunPosition& at = {}) const {
    for (const char* fixed : {"--checkpoint-every", "0"}) words.emplace_back(fixed);
    return seconds_left(options(words), session_, kCosts, at);
  }

  static constexpr RunCosts kCosts{.query_s = 0.5, .once_s = 100.0, .picture_s = 2.0};
  static constexpr double kEvaluation = 30 * 2.0;
  Session session_;
};

TEST_F(RunCostsTest, StepsAreCountedAsFarAsTheBudgetPays) {
  const StepsLeft some = left({"--max-queries", "18"});  // 5 once, 2 + 3 + 4 + 2, and no 3 more
  EXPECT_TRUE(some.limited);
  EXPECT_EQ(some.steps, 4);
  EXPECT_EQ(some.queries, 11);
  EXPECT_EQ(some.least, 2);
  EXPECT_EQ(some.most, 4);
  EXPECT_EQ(left({"--max-queries", "19"}).steps, 5);
  EXPECT_EQ(left({"--max-queries", "7"}).steps, 1);
  EXPECT_EQ(left({"--max-queries", "6"}).steps, 0);
}

TEST_F(RunCostsTest, TheFirstLimitHolds) {
  EXPECT_EQ(left({"--max-queries", "18", "--max-steps", "3"}).queries, 9);
  EXPECT_EQ(left({"--max-queries", "18", "--max-steps", "9"}).queries, 11);
  // 20 pictures in batches of 8 are three, each for two steps.
  EXPECT_EQ(left({"--max-epochs", "2"}).steps, 12);
  EXPECT_FALSE(left({"--max-time", "9"}).limited);
}

TEST_F(RunCostsTest, ARunThatGoesOnCountsFromWhereItIs) {
  session_.loop.steps = 2;
  const StepsLeft some = left({"--max-queries", "19"}, 10);  // of the 9 left: 4, 2, 3
  EXPECT_EQ(some.steps, 3);
  EXPECT_EQ(some.queries, 9);
  EXPECT_EQ(left({"--max-steps", "4"}, 10).queries, 6);
  EXPECT_EQ(left({"--max-steps", "2"}, 10).steps, 0);
}

// Beyond ten thousand steps it is their mean that counts, which is off by less than one of a period.
TEST_F(RunCostsTest, LongRunsAreCountedByTheirMean) {
  const StepsLeft steps = left({"--max-steps", "3000000"});
  EXPECT_EQ(steps.steps, 3000000);
  EXPECT_NEAR(static_cast<double>(steps.queries), 9e6, 9e6 * 1e-4);
  const StepsLeft queries = left({"--max-queries", "9000005"});
  EXPECT_NEAR(static_cast<double>(queries.steps), 3e6, 3e6 * 1e-4);
  EXPECT_LE(queries.queries, 9000000);
}

TEST_F(RunCostsTest, TimeIsThatOfQueriesOfTheFirstStepAndOfEvaluations) {
  // 11 queries and the one-off of the first step, and an evaluation at the end.
  EXPECT_DOUBLE_EQ(seconds({"--max-queries", "18", "--eval-every", "0"}),
                   11 * 0.5 + 100.0 + kEvaluation);
  // After the steps 7, 10, 14, 16 are spent: the marks 5, 10 and 15 are passed, and one comes first.
  EXPECT_DOUBLE_EQ(seconds({"--max-queries", "18", "--eval-every", "5"}),
                   11 * 0.5 + 100.0 + 5 * kEvaluation);
  // There is at most one a step.
  EXPECT_DOUBLE_EQ(seconds({"--max-queries", "18", "--eval-every", "1"}),
                   11 * 0.5 + 100.0 + 6 * kEvaluation);
  session_.loop.evaluated_step = 0;
  EXPECT_DOUBLE_EQ(seconds({"--max-queries", "18", "--eval-every", "5"}),
                   11 * 0.5 + 100.0 + 4 * kEvaluation);
}

// Steps 2 and 3 ask for 4 and 2.
TEST_F(RunCostsTest, WhatHasPassedOfThePresentStepIsGoneButNoMoreThanItTakes) {
  session_.loop.steps = 2;
  for (const auto& [passed, left] : {std::pair{0.0, 3.0}, {1.5, 1.5}, {2.0, 1.0}, {99.0, 1.0}}) {
    EXPECT_DOUBLE_EQ(seconds({"--max-steps", "4", "--eval-every", "0"},
                             {.spent = 10, .known = 3, .step_s = passed}),
                     left + kEvaluation);
  }
  session_.loop.steps = 0;
  EXPECT_DOUBLE_EQ(seconds({"--max-steps", "1", "--eval-every", "0"}, {.step_s = 99.0}),
                   2.0 + kEvaluation);  // of the one-off and its two queries, 101
}

TEST_F(RunCostsTest, ALimitInTimeIsWhatIsLeftOfItAndALastEvaluation) {
  EXPECT_DOUBLE_EQ(seconds({"--max-time", "9", "--eval-every", "1"}, {.wall_s = 4.0}),
                   5.0 + kEvaluation);
  EXPECT_DOUBLE_EQ(seconds({"--max-time", "9", "--max-steps", "1", "--eval-every", "0"}),
                   9.0 + kEvaluation);
  EXPECT_TRUE(std::isinf(seconds({"--target-loss", "1"})));
}

}  // namespace
}  // namespace zo
