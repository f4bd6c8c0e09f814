#include "src/methods/schedule.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "src/base/error.h"

namespace zo {

const Names<ScheduleKind>& schedule_kinds() {
  static const Names<ScheduleKind> kinds = {{ScheduleKind::Constant, "constant"},
                                            {ScheduleKind::Cosine, "cosine"},
                                            {ScheduleKind::Step, "step"}};
  return kinds;
}

void add_schedule(OptionTable& table, ScheduleKind& kind) {
  static const Names<ScheduleKind> words = [] {
    Names<ScheduleKind> all = schedule_kinds();
    all.insert(all.begin(), {ScheduleKind::Auto, "auto"});
    return all;
  }();
  table.add("lr-schedule",
            &kind,
            words,
            "over --max-steps or --max-queries; auto: cosine where one is given, else constant");
}

bool comes_to_rest(const OptionTable& table) {
  const auto* option = table.find("lr-schedule");
  return option != nullptr && (option->text() == "auto" || option->text() == "cosine");
}

double learning_rate(const Schedule& schedule, std::int64_t k) {
  const auto at = static_cast<double>(k);
  if (at + 1.0 <= schedule.warmup) return schedule.lr * (at + 1.0) / schedule.warmup;
  if (schedule.kind == ScheduleKind::Cosine) {
    const double length = schedule.horizon - schedule.warmup;
    const double t = length > 0.0 ? (at - schedule.warmup) / length : 1.0;
    return schedule.lr * 0.5 * (1.0 + std::cos(std::numbers::pi * std::clamp(t, 0.0, 1.0)));
  }
  if (schedule.kind == ScheduleKind::Step) {
    if (at >= 0.75 * schedule.horizon) return 0.01 * schedule.lr;
    if (at >= 0.5 * schedule.horizon) return 0.1 * schedule.lr;
  }
  return schedule.lr;
}

namespace {

// Steps that are counted one by one; what is left of a longer run has their mean of queries.
constexpr std::int64_t kCounted = 1000000;

}  // namespace

std::int64_t planned_steps(const RunPlan& plan,
                           const std::function<std::int64_t(std::int64_t)>& queries_of_step) {
  if (plan.max_steps == 0 && plan.max_queries == 0) return 0;
  const std::int64_t most =
      plan.max_steps > 0 ? plan.max_steps : std::numeric_limits<std::int64_t>::max();
  if (plan.max_queries == 0) return most;
  std::int64_t steps = 0, spent = 0;
  for (; steps < std::min(most, kCounted); ++steps) {
    const std::int64_t queries = queries_of_step(steps);
    if (queries > plan.max_queries - spent) return steps;
    spent += queries;
  }
  const double mean = static_cast<double>(spent) / static_cast<double>(steps);
  const auto more = static_cast<std::int64_t>(static_cast<double>(plan.max_queries - spent) / mean);
  return more < most - steps ? steps + more : most;
}

Schedule planned_schedule(ScheduleKind kind,
                          double lr,
                          const RunPlan& plan,
                          const std::function<std::int64_t(std::int64_t)>& queries_of_step) {
  const bool limited = plan.max_steps > 0 || plan.max_queries > 0;
  if (kind == ScheduleKind::Auto) kind = limited ? ScheduleKind::Cosine : ScheduleKind::Constant;
  Schedule schedule{.kind = kind, .lr = lr};
  if (kind == ScheduleKind::Constant) return schedule;
  schedule.horizon = static_cast<double>(planned_steps(plan, queries_of_step));
  if (!limited) {
    fail_usage("--lr-schedule {}: needs the length of the run; give --max-steps or --max-queries",
               name_of(kind, schedule_kinds()));
  }
  return schedule;
}

}  // namespace zo
