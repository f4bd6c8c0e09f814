#pragma once
#include <cstdint>
#include <functional>

#include "src/base/options.h"
#include "src/methods/method.h"

namespace zo {

enum class ScheduleKind {
  Auto,  // Cosine where the run has a limit of steps or queries, else Constant
  Constant,
  Cosine,
  Step
};
/// Their words, but for Auto.
const Names<ScheduleKind>& schedule_kinds();
/// Adds --lr-schedule, which sets `kind`; it must outlive the table.
void add_schedule(OptionTable& table, ScheduleKind& kind);

/// Whether steps have no length from the horizon on, by what a table with add_schedule() was told, where the
/// run has a horizon.
bool comes_to_rest(const OptionTable& table);

/// Step length as a pure function of the step. Lengths of time are in steps and need not be whole.
struct Schedule {
  ScheduleKind kind = ScheduleKind::Constant;
  double lr = 0.1;       // the largest step length
  double warmup = 0.0;   // steps during which it rises linearly
  double horizon = 0.0;  // steps at which Cosine reaches 0 and Step has dropped for good
};

/// Step length of step k; `kind` is not Auto. While k + 1 ≤ warmup: lr·(k + 1)/warmup. Then
///     Constant  lr
///     Cosine    lr·½(1 + cos π t), t from 0 at the end of the warm-up to 1 at the horizon and after
///     Step      lr, lr/10 from half of the horizon, lr/100 from three quarters of it
/// (DeepZero, methods.md 2.3).
double learning_rate(const Schedule& schedule, std::int64_t k);

/// Steps that the run's limits allow: the smaller of max_steps and of the steps that end within
/// max_queries, as no run begins a step that would pass them; 0 when neither is given. Exact to a million
/// steps, and beyond as far as their mean of queries is that of the rest.
std::int64_t planned_steps(const RunPlan& plan,
                           const std::function<std::int64_t(std::int64_t)>& queries_of_step);

/// Schedule without warm-up whose horizon is planned_steps(), its kind told where it is Auto. Throws Error(Usage) when `kind` needs
/// a horizon and the run has no limit.
Schedule planned_schedule(ScheduleKind kind,
                          double lr,
                          const RunPlan& plan,
                          const std::function<std::int64_t(std::int64_t)>& queries_of_step);

}  // namespace zo
