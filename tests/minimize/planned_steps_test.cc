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

struct Silent final : LoopObserver {
  std::string reason_to_stop(std::int64_t) override { return ""; }
  void before_step(std::int64_t) override {}
  void after_step(const StepReport&, std::int64_t) override {}
};

TEST(PlannedSteps, AreThoseThatARunOfEveryMethodTakesWithinItsBudget) {
  constexpr std::int64_t kD = 6;
  std::int64_t most = 0;
  for (const MethodInfo& info : methods()) {
    if (info.name == "sgd") continue;  // needs a gradient; its step costs one query
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
      Silent silent;
      // A run near its minimum may end by rejections before its budget does.
      const std::string reason = loop.run(silent);
      if (reason != "max-queries") {
        EXPECT_EQ(reason, "rejected") << info.name;
        continue;
      }
      EXPECT_EQ(planned, position.steps) << info.name << " with " << budget << " queries";
      most = std::max(most, planned);
    }
  }
  EXPECT_GT(most, 10);
}

}  // namespace
}  // namespace zo
