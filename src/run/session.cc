#include "src/run/session.h"

#include <algorithm>
#include <utility>

#include "data/load.h"
#include "models/registry.h"
#include "src/base/error.h"
#include "src/base/progress.h"
#include "src/methods/schedule.h"

namespace zo {
namespace {

BatchFunction batches_of(const Session& session) {
  const BatchSource* source = session.batches.get();
  return [source](std::int64_t number) { return source->batch(number); };
}

std::unique_ptr<NetworkOracle> open_oracle(Session& session,
                                           const TrainOptions& options,
                                           const Weights& weights) {
  const SharedBy shared{session.ranks, &session.rank_times};
  return options.oracle.make(
      session.network, weights, batches_of(session), session.device.place, shared);
}

/// The data set asked for; `auto` must not hide that a folder which was named holds nothing.
DataSplits open_data(TrainCommand& command) {
  TrainOptions& options = command.options;
  DataSplits data = load_data(options.data, options.data_dir);
  if (options.data == "auto" && data.train.name == "shapes" && command.table.given("data-dir")) {
    fail_usage(
        "--data-dir: {} holds no cifar-10-batches-bin; name its parent folder, get the set with "
        "`zotrain data fetch cifar10`, or train on --data shapes",
        options.data_dir);
  }
  options.data = data.train.name;
  return data;
}

/// Of all that batches are made from.
BitHash hash_of(const Dataset& train) {
  BitHash hash;
  hash.add(train.images);
  hash.add(train.labels);
  return hash;
}

/// The length of run that its limits allow.
RunPlan limits_of(const TrainCommand& command, const BatchSource& batches) {
  const TrainOptions& options = command.options;
  RunPlan plan;
  plan.seed = static_cast<std::uint64_t>(options.seed);
  plan.steps_per_epoch = batches.per_epoch();
  plan.max_queries = options.max_queries;
  plan.max_steps = options.max_steps;
  const std::int64_t steps =
      options.max_epochs * plan.steps_per_epoch * command.method.config->steps_per_batch();
  if (steps > 0) plan.max_steps = plan.max_steps > 0 ? std::min(plan.max_steps, steps) : steps;
  return plan;
}

/// The length of run that was asked for: the horizon where one is given, else the limits.
RunPlan plan_of(const TrainOptions& options, const RunPlan& limits) {
  RunPlan plan = limits;
  if (options.horizon_queries > 0 || options.horizon_steps > 0) {
    plan.max_queries = options.horizon_queries;
    plan.max_steps = options.horizon_steps;
  }
  return plan;
}

/// Queries beyond the end of a schedule that comes to rest would be paid for nothing.
void check_horizon(const TrainCommand& command, const Session& session) {
  if (!comes_to_rest(command.table)) return;
  const std::int64_t allowed = session.steps_within(session.limits);
  const std::int64_t laid_out = session.steps_laid_out();
  if (laid_out == 0 || allowed <= laid_out) return;
  fail_usage(
      "--lr-schedule {}: is laid out for {}, behind which they have no length, and the limits "
      "allow {}; "
      "add{} to lay it out anew",
      command.table.find("lr-schedule")->text(),
      counted(laid_out, "step"),
      count_text(allowed),
      horizon_flags(session.limits));
}

using StoredOptions = std::map<std::string, std::string>;

/// Whether the command asks for another horizon than the run that is gone on with.
bool asks_new_horizon(const TrainCommand& command, const StoredOptions& options) {
  const auto differs = [&](const char* name) {
    const auto stored = options.find(name);
    return stored == options.end() || stored->second != command.table.find(name)->text();
  };
  return differs("horizon-queries") || differs("horizon-steps");
}

void refuse_changed_options(const TrainCommand& command, const StoredOptions& options) {
  std::string changes;
  for (const auto& [name, value] : option_values(command.table)) {
    const auto stored = options.find(name);
    if (command.table.find(name)->free_on_resume || stored == options.end()) continue;
    if (stored->second == value) continue;
    changes +=
        fmt::format("{}--{} {} (was {})", changes.empty() ? "" : ", ", name, value, stored->second);
  }
  if (changes.empty()) return;
  fail_usage(
      "--resume: {} would change the run in {}; leave it out, or start a new run with another "
      "--out",
      changes,
      command.options.out);
}

}  // namespace

std::int64_t Session::steps_within(const RunPlan& length) const {
  return planned_steps(length, [this](std::int64_t k) { return method->queries_of_step(k); });
}

std::int64_t Session::samples_seen(std::int64_t k, std::int64_t batch_size) const {
  const std::int64_t batch = batch_of(k), epoch = batch / batches->per_epoch();
  const std::int64_t within = (batch % batches->per_epoch() + 1) * batch_size;
  return epoch * data.train.size() + std::min(within, data.train.size());
}

std::unique_ptr<Session> open_session(TrainCommand& command,
                                      const std::optional<std::string>& checkpoint,
                                      const Communicator& ranks) {
  const TrainOptions& options = command.options;
  auto session = std::make_unique<Session>();
  session->ranks = &ranks;
  session->threads = options.oracle.thread_count();
  session->device = options.device.open(session->threads, ranks.local_rank());
  session->data = open_data(command);
  const Dataset& train = session->data.train;
  session->training_set = hash_of(train);
  if (options.batch > train.size()) {
    fail_usage("--batch: {} is more than the {} training pictures", options.batch, train.size());
  }
  session->network =
      make_network(options.model, {train.channels, train.height, train.width}, train.classes);
  session->batches =
      std::make_unique<BatchSource>(train,
                                    options.batch,
                                    static_cast<std::uint64_t>(options.seed),
                                    options.augment == "none" ? Augment::None : Augment::CropFlip);
  session->limits = limits_of(command, *session->batches);
  session->plan = plan_of(options, session->limits);
  const MethodConfig& config = *command.method.config;
  config.check(session->network.layout);
  session->sees_examples = !config.needs_examples().empty();
  if (!checkpoint) {
    session->method = config.make(session->network.layout, session->plan);
    const Weights start =
        options.weights.empty()
            ? initial_weights(session->network, static_cast<std::uint64_t>(options.seed))
            : load_weights(options.weights, session->network);
    session->oracle = open_oracle(*session, options, start);
    check_horizon(command, *session);
    return session;
  }
  // Before the weights are read, which fit no other network.
  refuse_changed_options(command, checkpoint_options(*checkpoint));
  const Snapshot snapshot = load_checkpoint(*checkpoint, session->network);
  if (snapshot.training_set != session->training_set.text()) {
    fail_usage(
        "--resume: {} holds other training pictures than the run in {} has seen; name their folder "
        "by --data-dir, or start a new run with another --out",
        options.data_dir.empty() ? options.data : options.data_dir,
        options.out);
  }
  // What the run computes hangs on its horizon, so a larger budget alone does not move that.
  if (!asks_new_horizon(command, snapshot.options)) {
    session->plan.max_queries = snapshot.horizon_queries;
    session->plan.max_steps = snapshot.horizon_steps;
  }
  session->method = config.make(session->network.layout, session->plan);
  session->oracle = open_oracle(*session, options, snapshot.weights);
  session->oracle->restore_ledger(snapshot.ledger);
  session->method->load_state(snapshot.method);
  session->loop = snapshot.loop;
  session->metrics_bytes = snapshot.metrics_bytes;
  check_horizon(command, *session);
  return session;
}

std::string horizon_flags(const RunPlan& plan) {
  std::string flags;
  if (plan.max_queries > 0) flags += fmt::format(" --horizon-queries {}", plan.max_queries);
  if (plan.max_steps > 0) flags += fmt::format(" --horizon-steps {}", plan.max_steps);
  return flags;
}

std::map<std::string, std::string> option_values(const OptionTable& table) {
  std::map<std::string, std::string> values;
  for (const auto& option : table.options()) values[option.name] = option.text();
  return values;
}

}  // namespace zo
