#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "src/base/progress.h"
#include "src/run/metrics.h"
#include "src/run/run_costs.h"
#include "src/run/run_folder.h"
#include "src/run/run_report.h"
#include "src/run/session.h"
#include "src/run/steps.h"

namespace zo {

/// A run: what the loop does around its steps (log, evaluate, save) and after the last one.
class Trainer final : private RunSteps {
 public:
  /// Opens metrics.jsonl of a folder that exists. `command` and `session` must outlive it.
  /// `costs` as measured before the run, for how long it will take.
  Trainer(const TrainCommand& command,
          Session& session,
          const RunCosts& costs,
          RunFolder folder,
          Progress& progress);
  ~Trainer() override;

  /// Runs to the end; leaves a last checkpoint, an evaluation of the test split (not after a
  /// signal) and summary.json. Returns the exit code: 0, or 128 + signal. Throws Error(Run) when a
  /// step fails or StepLoop::kMaxRejected in a row were rejected; the checkpoints written until then
  /// stay.
  int run();

 private:
  void before_step(std::int64_t k) override;
  void after_step(const StepReport& report, std::int64_t k) override;
  void log_step(const StepReport& report, std::int64_t k);
  /// Evaluates the test split, logs it and counts it as report-only.
  void evaluate_test();
  /// θ of the present step with the statistics for evaluation, retaken once a step.
  const RetakenStatistics& for_evaluation();
  /// A checkpoint `at_mark` stores that its statistics were counted, as the run goes on from it does
  /// not retake them; one at the end of a call is none of a longer run, and does not.
  void save(bool at_mark);
  /// Throws Error(Run) with `why` and where to go on from; leaves summary.json.
  [[noreturn]] void give_up(const std::string& reason, const std::string& why);
  /// Since the present step began; 0 between two.
  double step_seconds() const;
  /// What the step took, which is over, goes into how long the others will take.
  void see_costs(std::int64_t k);
  RunFigures figures(std::int64_t known = 0) const;

  const TrainOptions& options_;
  const OptionTable& table_;
  Session& session_;
  RunFolder folder_;
  Progress& progress_;
  MetricsLog metrics_;
  RunCosts costs_;
  double seen_s_ = 0.0, seen_queries_ = 0.0;  // of the steps of late, the older ones fading
  std::optional<std::chrono::steady_clock::time_point>
      began_;                     // the present step; none between two
  std::int64_t before_ = 0;       // queries when the present step began
  std::int64_t first_query_ = 0;  // ledger when this process began
  std::int64_t saved_step_ = -1;
  std::int64_t retaken_step_ = -1;
  RetakenStatistics retaken_;
};

/// Whether a counter that is acted on every `every` units (0: never) passed such a mark.
inline bool passed_mark(std::int64_t before, std::int64_t after, std::int64_t every) {
  return every > 0 && before / every != after / every;
}

}  // namespace zo
