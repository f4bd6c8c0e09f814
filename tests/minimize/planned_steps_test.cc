#include <gtest/gtest.h>

#include "src/methods/registry.h"
#include "src/methods/schedule.h"
#include "src/minimize/loop.h"
#include "src/oracle/function_oracle.h"

namespace zo {
namespace {

double bowl(std::span<const double> x, std::int64_t) {
  double sum = 0.0;
  for (const double value : x) sum += 0.5 * value * value;
  return sum;
}

struct Rejections final : LoopObserver {
  std::string reason_to_stop(std::int64_t) override { return ""; }
  void before_step(std::int64_t) override {}
  void after_step(const StepReport& report, std::int64_t) override { any |= report.rejected; }
  bool any = false;
};

TEST(PlannedSteps, AreThoseThatARunOfEveryMethodTakesWithinItsBudget) {
  constexpr std::int64_t kD = 6;
  for (const MethodInfo& info : methods()) {
    if (info.name == "sgd") continue;  // needs a gradient; its step costs one query
    std::int64_t compared = 0;
    for (std::int64_t budget = 1; budget <= 120; ++budget) {
      auto config = info.config();
      OptionTable table;
      config->describe(table);
      FunctionOracle oracle(bowl, std::vector<double>(kD, 0.5));
      const RunPlan plan{.seed = 3, .max_queries = budget};
      const auto method = config->make(oracle.layout(), plan);
      const std::int64_t planned =
          planned_steps(plan, [&](std::int64_t k) { return method->queries_of_step(k); });
      LoopPosition position;
      StepLoop loop(oracle, *method, {.queries = budget}, position);
      Rejections rejections;
      const std::string reason = loop.run(rejections);
      if (rejections.any) continue;  // at the minimum; such a step may ask less than it planned
      EXPECT_EQ(reason, "max-queries") << info.name;
      EXPECT_EQ(planned, position.steps) << info.name << " with " << budget << " queries";
      ++compared;
    }
    EXPECT_GT(compared, 50) << info.name;
  }
}

}  // namespace
}  // namespace zo
