#pragma once
#include <optional>
#include <string>

#include "src/base/progress.h"
#include "src/run/metrics.h"
#include "src/run/run_folder.h"
#include "src/run/run_report.h"
#include "src/run/session.h"

namespace zo {

/// The loop: step, log, evaluate, save, until a limit is met or a signal comes.
class Trainer {
 public:
  /// Opens metrics.jsonl of a folder that exists. `command` and `session` must outlive it.
  Trainer(const TrainCommand& command, Session& session, RunFolder folder, Progress& progress);

  /// Runs to the end; leaves a last checkpoint, an evaluation of the test split (not after a
  /// signal) and summary.json. Returns the exit code: 0, or 128 + signal. Throws Error(Run) when a
  /// step fails or kMaxRejected steps in a row were rejected; the checkpoints written until then
  /// stay.
  int run();
  static constexpr std::int64_t kMaxRejected = 20;

 private:
  std::optional<std::string> stop_reason() const;
  void step();
  void log_step(const StepReport& report, std::int64_t k);
  /// Evaluates the test split, logs it and counts it as report-only.
  void evaluate_test();
  void save();
  RunFigures figures() const;
  double wall_s() const;

  const TrainOptions& options_;
  const OptionTable& table_;
  Session& session_;
  RunFolder folder_;
  Progress& progress_;
  MetricsLog metrics_;
  double started_ = 0.0;          // steady clock
  double stepping_s_ = 0.0;       // spent in steps by this process
  std::int64_t first_query_ = 0;  // ledger when this process began
  std::int64_t saved_step_ = -1;
};

/// Whether a counter that is acted on every `every` units (0: never) passed such a mark.
inline bool passed_mark(std::int64_t before, std::int64_t after, std::int64_t every) {
  return every > 0 && before / every != after / every;
}

}  // namespace zo
