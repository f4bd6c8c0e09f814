#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "src/methods/method.h"

namespace zo {

/// When a run ends at the latest; 0: no limit.
struct Limits {
  std::int64_t queries = 0;  // a step that would pass it is not begun
  std::int64_t steps = 0;
  double seconds = 0.0;        // of all parts of a resumed run together
  bool reports_count = false;  // whether losses that only inform the reader count as queries
  std::int64_t reserve = 0;    // queries kept back for after the last step
};

/// How far a loop is; a checkpoint keeps it.
struct LoopPosition {
  std::int64_t steps = 0;            // done so far
  std::int64_t rejected_in_row = 0;  // steps since the last one that was applied
  double wall_s = 0.0;               // seconds before this process took over
};

/// What whoever runs a loop does around its steps.
class LoopObserver {
 public:
  virtual ~LoopObserver() = default;
  /// A reason of its own to stop before step k, or "". It goes before the limits.
  virtual std::string reason_to_stop(std::int64_t k) = 0;
  virtual void before_step(std::int64_t k) = 0;
  /// Step k is done and counted.
  virtual void after_step(const StepReport& report, std::int64_t k) = 0;
};

/// The loop of `train` and `minimize`: steps of one method until something stops them.
class StepLoop {
 public:
  static constexpr std::int64_t kMaxRejected = 20;  // steps in a row that end a run

  /// Goes on from `position`, which it keeps up to date but for wall_s. All must outlive the loop.
  StepLoop(LossOracle& oracle, Method& method, const Limits& limits, LoopPosition& position);

  /// Runs until there is a reason to stop and returns it: the observer's own, max-queries,
  /// max-steps, max-time, or rejected.
  std::string run(LoopObserver& observer);
  /// Seconds since the first step of the run, and those that this process spent within steps.
  double wall_s() const;
  double stepping_s() const { return stepping_s_; }

 private:
  using Clock = std::chrono::steady_clock;
  std::string reason_to_stop(LoopObserver& observer) const;

  LossOracle& oracle_;
  Method& method_;
  Limits limits_;
  LoopPosition& position_;
  Clock::time_point started_ = Clock::now();
  double seconds_before_;
  double stepping_s_ = 0.0;
};

}  // namespace zo
