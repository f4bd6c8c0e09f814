#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/cifar.h"
#include "src/base/arguments.h"
#include "src/base/atomic_file.h"
#include "src/base/called.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/base/progress.h"
#include "src/cli/verbs.h"
#include "src/dist/agreement.h"
#include "src/dist/communicator.h"
#include "src/methods/schedule.h"
#include "src/run/config_file.h"
#include "src/run/drawing.h"
#include "src/run/run_costs.h"
#include "src/run/run_lock.h"
#include "src/run/run_report.h"
#include "src/run/signals.h"
#include "src/run/trainer.h"
#include "src/run/version.h"

namespace zo {
namespace {

namespace fs = std::filesystem;

/// Refuses what must not be touched; the checkpoint to go on from with --resume.
std::optional<std::string> check_folder(const TrainOptions& options,
                                        const RunFolder& folder,
                                        bool writes) {
  if (!options.resume) {
    if (writes) check_run_folder(folder, options.overwrite);
    return std::nullopt;
  }
  auto checkpoint = newest_checkpoint(folder.checkpoints());
  if (!checkpoint) {
    fail_usage("--resume: {} holds no sound checkpoint; leave out --resume to start a run",
               folder.checkpoints());
  }
  return checkpoint;
}

RunCosts say_plan(const TrainCommand& command,
                  bool automatic,
                  const Session& session,
                  Progress& progress) {
  const TrainOptions& options = command.options;
  const RunCosts costs = measure_costs(session, command);
  if (!session.ranks->is_first()) return costs;
  const RunPosition start{session.oracle->ledger().queries(), 0, session.loop.wall_s};
  for (const auto& line : plan_lines({options, session, costs, start})) progress.say(line);
  if (automatic && options.data == "shapes") {
    progress.say("         " + as_called(how_to_get_cifar10()));
  }
  return costs;
}

/// A run that begins must be able to pay its first step; one that is gone on with may have come to its
/// end, which the plan tells.
void check_budget(const TrainOptions& options, const Session& session) {
  const std::int64_t first = session.method->queries_of_step(0);
  if (session.loop.steps > 0 || options.max_queries == 0 || first <= options.max_queries) return;
  fail_usage("--max-queries {}: the first step of {} takes {} queries; give at least as many",
             options.max_queries,
             options.method,
             first);
}

/// The limits of the run, four times as far, and a lower loss: what it takes to go on after one was met.
std::string four_times(const TrainCommand& command, const LoopState& loop) {
  const TrainOptions& options = command.options;
  std::string flags;
  const auto add = [&](const std::string& name, auto limit) {
    if (limit <= 0) return;
    const auto most = static_cast<decltype(limit)>(command.table.find(name)->range.high);
    flags += fmt::format(" --{} {}", name, limit > most / 4 ? most : 4 * limit);
  };
  add("max-queries", options.max_queries);
  add("max-steps", options.max_steps);
  add("max-epochs", options.max_epochs);
  add("max-time", options.max_time);
  if (!loop.last.empty() && loop.last.back() <= options.target_loss) {
    flags += fmt::format(" --target-loss {:.3g}", 0.9 * options.target_loss);
  }
  return flags;
}

/// Those limits as a horizon, in flags; "" where only time or a loss ends the run.
std::string four_horizons(RunPlan limits) {
  limits.max_queries *= 4;
  limits.max_steps *= 4;
  return horizon_flags(limits);
}

/// A run that has been checked and not begun.
struct Prepared {
  TrainCommand command;
  Progress progress;
  RunFolder folder;
  std::optional<RunLock> lock;
  std::optional<std::string> checkpoint;
  bool automatic = false;  // the data set was not named
  std::unique_ptr<Session> session;

  Prepared(const std::vector<std::string>& words, const Communicator& ranks)
      : command(words), progress(command.options.quiet) {
    TrainOptions& options = command.options;
    if (command.method.rest.help) return;
    folder.path = options.out.empty() ? free_folder(/*make=*/false) : options.out;
    // What is gone on with must not change any more while it is read.
    if (options.resume && ranks.is_first() && fs::is_directory(folder.path)) lock.emplace(folder);
    checkpoint = check_folder(options, folder, ranks.is_first());
    automatic = options.data == "auto";
    session = open_session(command, checkpoint, ranks);
    check_budget(options, *session);
  }

  std::string free_folder(bool make) const {
    return default_run_folder(command.options.model, command.options.method, make);
  }
};

/// A run that ended clearly above where it began takes too long steps: going on would not help it.
void say_climb(const Prepared& run, Progress& progress) {
  const auto* lr = run.command.table.find("lr");
  if (lr == nullptr || !has_climbed(run.session->loop)) return;
  progress.say(fmt::format(
      "climbed  the training loss ended above its start: begin again with an --lr below {}",
      lr->text()));
}

/// How to go on with the run, after its end or after a signal.
std::vector<std::string> ways_on(const Prepared& run, int code) {
  const Session& session = *run.session;
  const std::string on = fmt::format("{} train --resume --out {}{}",
                                     called(),
                                     shell_word(run.folder.path),
                                     code == 0 ? four_times(run.command, session.loop) : "");
  const std::int64_t laid_out = session.steps_laid_out();
  const bool ended = code == 0 && laid_out > 0 && session.loop.steps >= laid_out;
  if (!ended) return {"next     " + on + "  # goes on"};
  std::vector<std::string> ways;
  if (!comes_to_rest(run.command.table)) {
    ways.push_back(on + "  # goes on, at the end of its schedules");
  }
  const std::string horizons = four_horizons(session.limits);
  if (!horizons.empty()) ways.push_back(on + horizons + "  # schedules laid out anew");
  for (std::size_t i = 0; i < ways.size(); ++i) {
    ways[i].insert(0, i == 0 ? "next     " : "         ");
  }
  return ways;
}

void say_next(const Prepared& run, int code, Progress& progress) {
  const std::string& folder = run.folder.path;
  const std::string problem = draw_plot({folder}, run.folder.plot()).reason;
  progress.say(fmt::format("files    {}: metrics.jsonl, summary.json, config.toml, checkpoints{}",
                           folder,
                           problem.empty() ? ", plot.png" : "; no plot: " + problem));
  say_climb(run, progress);
  for (const auto& line : ways_on(run, code)) progress.say(line);
  progress.say(fmt::format("         {} eval --checkpoint {}", called(), shell_word(folder)));
  progress.say(fmt::format("         {} methods", called()));
}

int begin(Prepared& run) {
  const TrainOptions& options = run.command.options;
  // They share losses, which would not tell that they are of other pictures.
  require_equal(*run.session->ranks, run.session->training_set, "reads other training pictures");
  const RunCosts costs = say_plan(run.command, run.automatic, *run.session, run.progress);
  if (!run.session->ranks->is_first()) {
    return options.dry_run ? 0 : follow(options, *run.session);
  }
  if (options.dry_run) {
    run.progress.say("dry run  everything is in order; nothing was written");
    return 0;
  }
  if (run.checkpoint) {
    run.progress.say("resumed  " + *run.checkpoint);
  } else {
    if (options.out.empty()) run.folder.path = run.free_folder(/*make=*/true);
    create_run_folder(run.folder);
    run.lock.emplace(run.folder);
    // Another run may have taken the folder since it was checked.
    check_run_folder(run.folder, options.overwrite);
    clear_run_folder(run.folder);
  }
  write_file_atomically(run.folder.config(), config_text(run.command.table, build_versions()));
  run.progress.say("run      " + run.folder.path);
  const int code = Trainer(run.command, *run.session, costs, run.folder, run.progress).run();
  say_next(run, code, run.progress);
  return code;
}

void print_help(const OptionTable& table) {
  fmt::print(
      "{}",
      help_text(
          table,
          "zotrain train [options]",
          "Trains a network by forward passes only. The first limit that is met stops the run; "
          "without any it takes\nabout eight minutes. --method NAME --help shows the options of "
          "another method."));
}

/// A rank that cannot go on ends the others too, which wait for its losses.
int run_or_abort(const Communicator& ranks, const std::function<int()>& work) {
  if (ranks.size() == 1) return work();
  int code = 1;
  std::string why;
  try {
    return work();
  } catch (const Error& error) {
    code = error.exit_code();
    why = error.what();
  } catch (const std::exception& error) {
    why = error.what();
  }
  fmt::print(stderr, "zotrain: rank {}: {}\n", ranks.rank(), shown(why.substr(0, why.find('\n'))));
  ranks.abort(code);
  return code;
}

}  // namespace

int run_train(const std::vector<std::string>& words) {
  let_writes_fail();
  const auto ranks = open_communicator();
  std::optional<Prepared> run;
  // Wrong input is found by every rank and told by one; they leave together.
  const int refused = fail_together(*ranks, [&] { run.emplace(words, *ranks); });
  if (refused != 0) return refused;
  if (run->command.method.rest.help) {
    if (ranks->is_first()) print_help(run->command.table);
    return 0;
  }
  return run_or_abort(*ranks, [&] { return begin(*run); });
}

}  // namespace zo
