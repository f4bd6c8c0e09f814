#include "src/minimize/loop.h"

namespace zo {

StepLoop::StepLoop(LossOracle& oracle, Method& method, const Limits& limits, LoopPosition& position)
    : oracle_(oracle),
      method_(method),
      limits_(limits),
      position_(position),
      seconds_before_(position.wall_s) {}

std::string StepLoop::run(LoopObserver& observer) {
  while (true) {
    std::string reason = reason_to_stop(observer);
    if (!reason.empty()) return reason;
    const std::int64_t k = position_.steps;
    const Clock::time_point start = Clock::now();
    observer.before_step(k);
    const StepReport report = method_.step(oracle_, k);
    stepping_s_ += std::chrono::duration<double>(Clock::now() - start).count();
    ++position_.steps;
    position_.rejected_in_row = report.rejected ? position_.rejected_in_row + 1 : 0;
    observer.after_step(report, k);
  }
}

std::string StepLoop::reason_to_stop(LoopObserver& observer) const {
  const std::int64_t k = position_.steps;
  if (position_.rejected_in_row >= kMaxRejected) return "rejected";
  std::string own = observer.reason_to_stop(k);
  if (!own.empty()) return own;
  const QueryLedger& ledger = oracle_.ledger();
  const std::int64_t spent = ledger.queries() + (limits_.reports_count ? ledger.report : 0);
  const std::int64_t next = spent + method_.queries_of_step(k) + limits_.reserve;
  if (limits_.queries > 0 && next > limits_.queries) return "max-queries";
  if (limits_.steps > 0 && k >= limits_.steps) return "max-steps";
  if (limits_.seconds > 0 && wall_s() >= limits_.seconds) return "max-time";
  return "";
}

double StepLoop::wall_s() const {
  return seconds_before_ + std::chrono::duration<double>(Clock::now() - started_).count();
}

}  // namespace zo
