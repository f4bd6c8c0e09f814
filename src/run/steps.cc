#include "src/run/steps.h"

#include <fmt/format.h>

#include <iterator>

#include "src/dist/agreement.h"
#include "src/run/signals.h"

namespace zo {
namespace {

constexpr std::int64_t kCompareEvery = 50;  // steps
// Reasons as they travel between ranks; from kFirstSignal on kStopSignals.
constexpr const char* kReasons[] = {"", "diverged", "target-loss", "max-epochs", "max-time"};
enum Reason { None, Diverged, TargetLoss, MaxEpochs, MaxTime, kFirstSignal };

std::string name_of(int reason) {
  return reason < kFirstSignal ? kReasons[reason] : kStopSignals[reason - kFirstSignal].name;
}

// Time runs differently on every rank, so it is a reason here and no limit of the loop.
Limits limits_of(const TrainOptions& options) {
  return {.queries = options.max_queries, .steps = options.max_steps};
}

class Follower final : public RunSteps {
 public:
  using RunSteps::RunSteps;
  int run() {
    const SignalGuard signals;
    const std::string reason = run_steps();
    if (reason == "rejected" || !watch().verdict(/*at_the_end=*/true).empty()) return 1;
    return exit_code_of(reason);
  }
};

}  // namespace

RunSteps::RunSteps(const TrainOptions& options, Session& session)
    : options_(options),
      session_(session),
      first_(session.loop.steps),
      watch_(session.oracle->theta()),
      loop_(*session.oracle, *session.method, limits_of(options), session.loop) {}

std::string RunSteps::reason_to_stop(std::int64_t k) {
  return name_of(agreed(*session_.ranks, own_reason(k)));
}

int RunSteps::own_reason(std::int64_t k) const {
  for (int i = 0; i < std::ssize(kStopSignals); ++i) {
    if (SignalGuard::received() == kStopSignals[i].number) return kFirstSignal + i;
  }
  if (!session_.ranks->is_first()) return None;
  if (!watch_.verdict().empty()) return Diverged;
  const auto& losses = session_.loop.last;
  if (options_.target_loss > 0 && !losses.empty() && losses.back() <= options_.target_loss) {
    return TargetLoss;
  }
  const std::int64_t epochs = options_.max_epochs;
  if (epochs > 0 && session_.batch_of(k) >= epochs * session_.batches->per_epoch()) {
    return MaxEpochs;
  }
  return options_.max_time > 0 && loop_.wall_s() >= options_.max_time ? MaxTime : None;
}

void RunSteps::before_step(std::int64_t k) {
  if (k > first_ && k % kCompareEvery == 0) {
    look_at_weights();
    const Weights weights = session_.oracle->weights();
    BitHash hash;
    hash.add(weights.theta);
    hash.add(weights.norms);
    require_equal(*session_.ranks, hash, fmt::format("after step {} has other weights", k));
  }
  queries_before_ = session_.oracle->ledger().queries();
  session_.oracle->begin_batch(session_.batch_of(k));
}

void RunSteps::after_step(const StepReport& report, std::int64_t /*k*/) {
  watch_.see(report, session_.oracle->ledger().queries() - queries_before_);
}

int exit_code_of(const std::string& reason) {
  for (const StopSignal& signal : kStopSignals) {
    if (reason == signal.name) return 128 + signal.number;
  }
  return 0;
}

int follow(const TrainOptions& options, Session& session) {
  return Follower(options, session).run();
}

}  // namespace zo
