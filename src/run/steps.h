#pragma once
#include "src/minimize/loop.h"
#include "src/run/divergence.h"
#include "src/run/session.h"

namespace zo {

/// What a run does around its steps on every rank: the batch, whether to stop, which all ranks find
/// together, and a look now and then at whether they still have the same weights.
class RunSteps : public LoopObserver {
 public:
  /// Both must outlive it.
  RunSteps(const TrainOptions& options, Session& session);

  /// Rank 0's reason; signals count on every rank. "diverged" where watch() says so.
  std::string reason_to_stop(std::int64_t k) final;
  /// Throws Error(Run) when a rank has other weights.
  void before_step(std::int64_t k) override;
  void after_step(const StepReport& report, std::int64_t k) override;

 protected:
  const DivergenceWatch& watch() const { return watch_; }
  /// Looks at θ, which otherwise is done every 50 steps.
  void look_at_weights() { watch_.look_at(session_.oracle->theta()); }
  const StepLoop& loop() const { return loop_; }
  /// Runs the steps; why they ended.
  std::string run_steps() { return loop_.run(*this); }

 private:
  int own_reason(std::int64_t k) const;

  const TrainOptions& options_;
  Session& session_;
  std::int64_t first_;
  std::int64_t queries_before_ = 0;  // when the present step began
  DivergenceWatch watch_;
  StepLoop loop_;
};

/// 128 + signal for a reason to stop that is one, else 0.
int exit_code_of(const std::string& reason);

/// The run on a rank that writes nothing: the steps of the Trainer without its log, evaluations and
/// checkpoints. Returns the exit code: 0, 128 + signal, or 1 where the Trainer says why it failed.
int follow(const TrainOptions& options, Session& session);

}  // namespace zo
