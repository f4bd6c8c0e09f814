#include "src/run/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <utility>

#include "src/base/atomic_file.h"
#include "src/base/error.h"
#include "src/run/evaluate.h"
#include "src/run/run_report.h"
#include "src/run/signals.h"

namespace zo {
namespace {

using nlohmann::ordered_json;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Trainer::Trainer(const TrainCommand& command,
                 Session& session,
                 RunFolder folder,
                 Progress& progress)
    : options_(command.options),
      table_(command.table),
      session_(session),
      folder_(std::move(folder)),
      progress_(progress),
      metrics_(folder_.metrics(), session.metrics_bytes),
      started_(now() - session.loop.wall_s),
      first_query_(session.oracle->ledger().queries()),
      saved_step_(session.loop.steps > 0 ? session.loop.steps : -1) {}

int Trainer::run() {
  const SignalGuard signals;
  std::optional<std::string> reason;
  while (!(reason = stop_reason())) {
    step();
    if (session_.loop.rejected_in_row >= kMaxRejected) {
      write_file_atomically(folder_.summary(), summary_text(figures(), "rejected"));
      fail_run(
          "{} steps in a row were rejected because their losses were not finite; go on from {} "
          "with a smaller --lr or --eps",
          kMaxRejected,
          saved_step_ < 0 ? "the start" : fmt::format("step {} (--resume)", saved_step_));
    }
  }
  save();
  const int signal = SignalGuard::received();
  if (signal == 0) evaluate_test();
  write_file_atomically(folder_.summary(), summary_text(figures(), *reason));
  for (const auto& line : result_lines(figures(), *reason)) progress_.say(line);
  return signal == 0 ? 0 : 128 + signal;
}

std::optional<std::string> Trainer::stop_reason() const {
  const std::int64_t k = session_.loop.steps;
  if (SignalGuard::received() != 0) return SignalGuard::received() == SIGINT ? "SIGINT" : "SIGTERM";
  const auto& losses = session_.loop.last;
  if (options_.target_loss > 0 && !losses.empty() && losses.back() <= options_.target_loss) {
    return "target-loss";
  }
  const std::int64_t next =
      session_.oracle->ledger().queries() + session_.method->queries_of_step(k);
  if (options_.max_queries > 0 && next > options_.max_queries) return "max-queries";
  if (options_.max_steps > 0 && k >= options_.max_steps) return "max-steps";
  if (options_.max_epochs > 0 &&
      session_.batch_of(k) >= options_.max_epochs * session_.batches->per_epoch()) {
    return "max-epochs";
  }
  if (options_.max_time > 0 && wall_s() >= options_.max_time) return "max-time";
  return std::nullopt;
}

void Trainer::step() {
  LoopState& loop = session_.loop;
  const std::int64_t k = loop.steps, before = session_.oracle->ledger().queries();
  const double start = now();
  session_.oracle->begin_batch(session_.batch_of(k));
  const StepReport report = session_.method->step(*session_.oracle, k);
  stepping_s_ += now() - start;

  loop.steps = k + 1;
  loop.rejected_in_row = report.rejected ? loop.rejected_in_row + 1 : 0;
  if (std::isfinite(report.loss)) {
    if (loop.first.size() < LoopState::kLossWindow) loop.first.push_back(report.loss);
    loop.last.push_back(report.loss);
    if (loop.last.size() > LoopState::kLossWindow) loop.last.erase(loop.last.begin());
  }
  log_step(report, k);
  const std::int64_t after = session_.oracle->ledger().queries();
  if (passed_mark(before, after, options_.eval_every)) evaluate_test();
  if (passed_mark(before, after, options_.checkpoint_every)) save();
  if (progress_.due()) progress_.status(status_text(figures()));
}

void Trainer::log_step(const StepReport& report, std::int64_t k) {
  const QueryLedger& ledger = session_.oracle->ledger();
  ordered_json line = {{"event", "step"},
                       {"step", k + 1},
                       {"queries", ledger.queries()},
                       {"queries_report", ledger.report},
                       {"loss", report.loss},
                       {"lr", report.lr},
                       {"samples_seen", session_.samples_seen(k, options_.batch)},
                       // What the queries are worth as whole forward passes; the delta oracle
                       // needs fewer.
                       {"forward_equivalents", static_cast<double>(ledger.queries())},
                       {"wall_s", wall_s()},
                       {"rejected", report.rejected},
                       {"dropped", report.dropped},
                       {"non_finite", ledger.non_finite}};
  for (const auto& [name, value] : report.extra) line[name] = value;
  metrics_.write(line);
}

void Trainer::evaluate_test() {
  LoopState& loop = session_.loop;
  if (loop.evaluated_step == loop.steps) return;
  const auto result = evaluate(session_.network,
                               session_.oracle->weights(),
                               session_.data.test,
                               options_.oracle.precision(),
                               session_.threads,
                               session_.device.place);
  session_.oracle->count_report(result.queries);
  loop.evaluated_step = loop.steps;
  loop.test_loss = result.loss;
  loop.test_accuracy = result.accuracy;
  loop.best_test_accuracy = std::max(loop.best_test_accuracy, result.accuracy);
  metrics_.write({{"event", "eval"},
                  {"step", loop.steps},
                  {"queries", session_.oracle->ledger().queries()},
                  {"split", "test"},
                  {"loss", result.loss},
                  {"accuracy", result.accuracy}});
}

void Trainer::save() {
  if (saved_step_ == session_.loop.steps) return;
  session_.loop.wall_s = wall_s();
  Snapshot snapshot{session_.loop,
                    session_.oracle->ledger(),
                    session_.oracle->weights(),
                    session_.method->state(),
                    option_values(table_),
                    metrics_.synced_bytes()};
  save_checkpoint(folder_.checkpoints(),
                  session_.network,
                  snapshot,
                  options_.oracle.precision(),
                  options_.keep_checkpoints);
  saved_step_ = session_.loop.steps;
}

RunFigures Trainer::figures() const {
  const std::int64_t queries = session_.oracle->ledger().queries() - first_query_;
  const double rate = stepping_s_ > 0 ? static_cast<double>(queries) / stepping_s_ : 0.0;
  return {options_, session_, wall_s(), rate};
}

double Trainer::wall_s() const { return now() - started_; }

}  // namespace zo
