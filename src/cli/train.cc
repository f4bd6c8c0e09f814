#include <fmt/format.h>

#include <optional>

#include "data/cifar.h"
#include "src/base/arguments.h"
#include "src/base/atomic_file.h"
#include "src/base/error.h"
#include "src/base/progress.h"
#include "src/cli/verbs.h"
#include "src/run/config_file.h"
#include "src/run/plot.h"
#include "src/run/run_report.h"
#include "src/run/trainer.h"
#include "src/run/version.h"

namespace zo {
namespace {

/// Refuses what must not be touched; the checkpoint to go on from with --resume.
std::optional<std::string> check_folder(const TrainOptions& options, const RunFolder& folder) {
  if (!options.resume) {
    check_run_folder(folder, options.overwrite);
    return std::nullopt;
  }
  auto checkpoint = newest_checkpoint(folder.checkpoints());
  if (!checkpoint) {
    fail_usage("--resume: {} holds no sound checkpoint; leave out --resume to start a run",
               folder.checkpoints());
  }
  return checkpoint;
}

void say_plan(const TrainCommand& command,
              bool automatic,
              const Session& session,
              Progress& progress) {
  const TrainOptions& options = command.options;
  const double rate = measure_rate(session, command);
  for (const auto& line : plan_lines({options, session, session.loop.wall_s, rate})) {
    progress.say(line);
  }
  if (automatic && options.data == "shapes") {
    progress.say("         " + how_to_get_cifar10());
  }
}

/// The limits of the run, four times as far: what it takes to go on after one was met.
std::string four_times(const TrainOptions& options) {
  std::string flags;
  const auto add = [&](const char* flag, auto limit) {
    if (limit > 0) flags += fmt::format(" {} {}", flag, 4 * limit);
  };
  add("--max-queries", options.max_queries);
  add("--max-steps", options.max_steps);
  add("--max-epochs", options.max_epochs);
  add("--max-time", options.max_time);
  return flags;
}

/// The horizon of `plan` four times as far, as flags; "" for a run without one.
std::string four_horizons(const RunPlan& plan) {
  std::string flags;
  if (plan.max_queries > 0) flags += fmt::format(" --horizon-queries {}", 4 * plan.max_queries);
  if (plan.max_steps > 0) flags += fmt::format(" --horizon-steps {}", 4 * plan.max_steps);
  return flags;
}

void say_next(const TrainOptions& options,
              const RunPlan& plan,
              const RunFolder& folder,
              int code,
              Progress& progress) {
  const std::string problem = draw_plot({folder.path}, folder.plot());
  progress.say(fmt::format("files    {}: metrics.jsonl, summary.json, config.toml, checkpoints{}",
                           folder.path,
                           problem.empty() ? ", plot.png" : "; no plot: " + problem));
  const std::string horizons = code == 0 ? four_horizons(plan) : "";
  progress.say(fmt::format("next     zotrain train --resume --out {}{}   goes on{}",
                           folder.path,
                           code == 0 ? four_times(options) : "",
                           horizons.empty() ? "" : " at the end of its schedules"));
  if (!horizons.empty()) {
    progress.say("         the same with" + horizons + "   lays its schedules out anew");
  }
  progress.say(
      fmt::format("         zotrain eval --checkpoint {}   |   zotrain methods", folder.path));
}

}  // namespace

int run_train(const std::vector<std::string>& words) {
  TrainCommand command(words);
  TrainOptions& options = command.options;
  if (command.method.rest.help) {
    fmt::print(
        "{}",
        help_text(
            command.table,
            "zotrain train [options]",
            "Trains a network by forward passes only. The first limit that is met stops the run; "
            "without any it takes\nabout eight minutes. --method NAME --help shows the options of "
            "another method."));
    return 0;
  }
  Progress progress(options.quiet);
  const RunFolder folder{options.out.empty() ? default_run_folder(options.model, options.method)
                                             : options.out};
  const auto checkpoint = check_folder(options, folder);
  const bool automatic = options.data == "auto";
  const auto session = open_session(command, checkpoint);
  say_plan(command, automatic, *session, progress);
  if (options.dry_run) {
    progress.say("dry run  everything is in order; nothing was written");
    return 0;
  }
  if (checkpoint) {
    progress.say("resumed  " + *checkpoint);
  } else {
    create_run_folder(folder);
  }
  write_file_atomically(folder.config(), config_text(command.table, build_versions()));
  progress.say("run      " + folder.path);
  const int code = Trainer(command, *session, folder, progress).run();
  say_next(options, session->plan, folder, code, progress);
  return code;
}

}  // namespace zo
