#include "src/minimize/loop.h"

#include <gtest/gtest.h>

#include "src/oracle/function_oracle.h"

namespace zo {
namespace {

/// Asks one loss a step and rejects those that are told.
class Scripted final : public Method {
 public:
  explicit Scripted(bool (*rejects)(std::int64_t)) : rejects_(rejects) {}
  StepReport step(LossOracle& oracle, std::int64_t k) override {
    StepReport report = begin_step(oracle, 1.0);
    report.rejected = rejects_(k);
    return report;
  }
  State state() const override { return {}; }
  void load_state(const State&) override {}
  std::int64_t queries_of_step(std::int64_t) const override { return 1; }

 private:
  bool (*rejects_)(std::int64_t);
};

struct Silent final : LoopObserver {
  std::string reason_to_stop(std::int64_t) override { return ""; }
  void before_step(std::int64_t) override {}
  void after_step(const StepReport&, std::int64_t) override {}
};

class StepLoopTest : public testing::Test {
 protected:
  std::string run(bool (*rejects)(std::int64_t), Limits limits) {
    FunctionOracle oracle([](auto x, std::int64_t) { return x[0]; }, {1.0});
    Scripted method(rejects);
    Silent observer;
    StepLoop loop(oracle, method, limits, position);
    std::string reason = loop.run(observer);
    wall_s = loop.wall_s();
    return reason;
  }
  LoopPosition position;
  double wall_s = 0.0;
};

TEST_F(StepLoopTest, EndsAfterTwentyRejectedStepsInARow) {
  EXPECT_EQ(run([](std::int64_t) { return true; }, {.steps = 50}), "rejected");
  EXPECT_EQ(position.steps, StepLoop::kMaxRejected);
}

TEST_F(StepLoopTest, AStepThatWasAppliedBeginsTheCountAnew) {
  EXPECT_EQ(run([](std::int64_t k) { return k % 19 != 0; }, {.steps = 200}), "max-steps");
  EXPECT_EQ(position.steps, 200);
  EXPECT_EQ(position.rejected_in_row, 199 - 190);
}

TEST_F(StepLoopTest, TimeCountsFromThePartsBefore) {
  position.wall_s = 5.0;
  EXPECT_EQ(run([](std::int64_t) { return false; }, {.steps = 50, .seconds = 5.0}), "max-time");
  EXPECT_EQ(position.steps, 0);
  EXPECT_GE(wall_s, 5.0);
}

}  // namespace
}  // namespace zo
