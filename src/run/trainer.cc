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

}  // namespace

Trainer::Trainer(const TrainCommand& command,
                 Session& session,
                 const RunCosts& costs,
                 RunFolder folder,
                 Progress& progress)
    : RunSteps(command.options, session),
      options_(command.options),
      table_(command.table),
      session_(session),
      folder_(std::move(folder)),
      progress_(progress),
      metrics_(folder_.metrics(), session.metrics_bytes, session.loop.steps),
      costs_(costs),
      before_(session.oracle->ledger().queries()),
      first_query_(before_),
      saved_step_(session.loop.steps > 0 ? session.loop.steps : -1) {
  session_.oracle->tell([this](std::int64_t known, std::int64_t asked) {
    if (!progress_.late()) return;
    progress_.status(status_text(
        figures(known), fmt::format("{} of {} losses", count_text(known), count_text(asked))));
  });
}

Trainer::~Trainer() { session_.oracle->tell({}); }

int Trainer::run() {
  const SignalGuard signals;
  // Where curves of accuracy begin.
  if (session_.loop.steps == 0 && options_.eval_every > 0) evaluate_test();
  const std::string reason = run_steps();
  look_at_weights();
  if (reason == "rejected") {
    give_up(
        reason,
        fmt::format("{} steps in a row were rejected: {}", StepLoop::kMaxRejected, watch().last()));
  }
  const std::string verdict = watch().verdict(/*at_the_end=*/true);
  if (!verdict.empty()) {
    give_up("diverged", fmt::format("diverged by step {}: {}", session_.loop.steps, verdict));
  }
  save(false);
  const int code = exit_code_of(reason);
  if (code == 0) evaluate_test();
  write_file_atomically(folder_.summary(), summary_text(figures(), reason));
  for (const auto& line : result_lines(figures(), reason)) progress_.say(line);
  return code;
}

void Trainer::give_up(const std::string& reason, const std::string& why) {
  write_file_atomically(folder_.summary(), summary_text(figures(), reason));
  if (saved_step_ < 0) fail_run("{}; start again with a smaller --lr or --eps", why);
  fail_run(
      "{}; start a new run with a smaller --lr or --eps, from the last sound weights by --weights "
      "{}/step-{}/weights.safetensors",
      why,
      folder_.checkpoints(),
      saved_step_);
}

void Trainer::before_step(std::int64_t k) {
  began_ = std::chrono::steady_clock::now();
  RunSteps::before_step(k);
}

void Trainer::after_step(const StepReport& report, std::int64_t k) {
  LoopState& loop = session_.loop;
  if (std::isfinite(report.loss)) {
    if (loop.first.size() < LoopState::kLossWindow) loop.first.push_back(report.loss);
    loop.last.push_back(report.loss);
    if (loop.last.size() > LoopState::kLossWindow) loop.last.erase(loop.last.begin());
  }
  RunSteps::after_step(report, k);
  see_costs(k);
  log_step(report, k);
  const std::int64_t before = std::exchange(before_, session_.oracle->ledger().queries());
  if (passed_mark(before, before_, options_.eval_every)) evaluate_test();
  if (passed_mark(before, before_, options_.checkpoint_every)) {
    look_at_weights();
    // What is gone on with later must be from before a divergence.
    if (watch().is_sound()) save(true);
  }
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
                       {"forward_equivalents", ledger.forward_equivalents},
                       {"wall_s", loop().wall_s()},
                       {"rejected", report.rejected},
                       {"dropped", report.dropped},
                       {"non_finite", ledger.non_finite}};
  if (session_.ranks->size() > 1) {
    line["imbalance"] = session_.rank_times.imbalance();
    session_.rank_times = {};
  }
  for (const auto& [name, value] : report.extra) line[name] = value;
  metrics_.write(line);
}

void Trainer::evaluate_test() {
  LoopState& loop = session_.loop;
  if (loop.evaluated_step == loop.steps) return;
  const RetakenStatistics& point = for_evaluation();
  const auto start = std::chrono::steady_clock::now();
  const auto told = [&](std::int64_t pictures) {
    if (!progress_.late()) return;
    progress_.status(status_text(figures(),
                                 fmt::format("{} of {} test pictures",
                                             count_text(pictures),
                                             count_text(session_.data.test.size()))));
  };
  const auto result = evaluate(session_.network,
                               point.weights,
                               session_.data.test,
                               options_.oracle.precision(),
                               session_.threads,
                               session_.device.place,
                               told);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  costs_.picture_s = spent.count() / static_cast<double>(result.images);
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
                  {"accuracy", result.accuracy},
                  {"statistics", statistics_text(session_.network, point.batches)}});
}

const RetakenStatistics& Trainer::for_evaluation() {
  if (retaken_step_ != session_.loop.steps) {
    retaken_ = retake_statistics(session_.network,
                                 session_.oracle->weights(),
                                 session_.data.train,
                                 options_.statistics_batches(),
                                 options_.oracle.precision(),
                                 session_.threads,
                                 session_.device.place);
    retaken_step_ = session_.loop.steps;
    session_.oracle->count_report(retaken_.batches);
  }
  return retaken_;
}

void Trainer::save(bool at_mark) {
  if (saved_step_ == session_.loop.steps) return;
  const QueryLedger before = session_.oracle->ledger();
  const RetakenStatistics& point = for_evaluation();
  LoopState position = session_.loop;
  position.wall_s = loop().wall_s();
  Snapshot snapshot{std::move(position),
                    at_mark ? session_.oracle->ledger() : before,
                    session_.oracle->weights(),
                    point.weights.norms,
                    point.batches,
                    session_.method->state(),
                    option_values(table_),
                    session_.plan.max_queries,
                    session_.plan.max_steps,
                    metrics_.synced_bytes(),
                    session_.training_set.text()};
  save_checkpoint(folder_.checkpoints(),
                  session_.network,
                  snapshot,
                  options_.oracle.precision(),
                  options_.keep_checkpoints);
  saved_step_ = session_.loop.steps;
}

double Trainer::step_seconds() const {
  if (!began_) return 0.0;
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - *began_).count();
}

void Trainer::see_costs(std::int64_t k) {
  const double step_s = step_seconds();
  began_.reset();
  // The first step of a process allocates, and that of a run may do what no other does.
  if (k == 0 && session_.method->queries_once() > 0) return;
  constexpr double kFading = 0.95;
  const std::int64_t queries = session_.oracle->ledger().queries() - before_;
  seen_s_ = kFading * seen_s_ + step_s;
  seen_queries_ = kFading * seen_queries_ + static_cast<double>(queries);
  costs_.query_s = seen_s_ / std::max(seen_queries_, 1.0);
}

RunFigures Trainer::figures(std::int64_t known) const {
  const std::int64_t now = session_.oracle->ledger().queries();
  const double spent = loop().stepping_s();
  const double rate = spent > 0 ? static_cast<double>(before_ - first_query_) / spent : 0.0;
  const RunPosition at{before_, now - before_ + known, loop().wall_s(), step_seconds()};
  return {options_, session_, costs_, at, rate};
}

}  // namespace zo
