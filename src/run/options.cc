#include "src/run/options.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "data/load.h"
#include "models/registry.h"
#include "src/base/arguments.h"
#include "src/base/error.h"
#include "src/run/config_file.h"

namespace zo {
namespace {

// What a run gets that was given no limit at all. On two cores both end a ResNet-8 within ten minutes;
// the method that is the default gets steps, over which its lengths are planned and which any machine
// repeats.
constexpr std::int64_t kDefaultSteps = 4000;
constexpr double kDefaultSeconds = 480.0;

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const auto& info : methods()) names.push_back(info.name);
  return names;
}

}  // namespace

bool TrainOptions::has_limit() const {
  return max_queries > 0 || max_steps > 0 || max_epochs > 0 || max_time > 0 || target_loss > 0;
}

void TrainOptions::describe(OptionTable& table) {
  if (const char* folder = std::getenv("ZO_DATA_DIR"); folder != nullptr && *folder != '\0') {
    data_dir = folder;
  }
  table.begin_group("Network and data");
  table.add("model", &model, network_names(), "the network");
  table.add(
      "weights", &weights, "start from this .safetensors or .pt file instead of He initialisation");
  table.add("data",
            &data,
            data_names(),
            "auto: CIFAR-10 when --data-dir holds it, else the built-in shapes");
  table
      .add("data-dir",
           &data_dir,
           "folder that holds cifar-10-batches-bin or cifar-100-binary (or set ZO_DATA_DIR)")
      .may_change_on_resume();
  table.add("batch", &batch, Range::between(2, 65536), "pictures a step");
  table.add("augment",
            &augment,
            {"crop-flip", "none"},
            "random crop and flip, the same for all probes of a step");
  table.begin_group("Method");
  table.add("method", &method, method_names(), "`zotrain methods` describes them");
  table.begin_group("Stop");
  table
      .add("max-queries",
           &max_queries,
           Range::count(),
           "loss evaluations, never exceeded; 0 = no limit")
      .may_change_on_resume();
  table.add("max-steps", &max_steps, Range::count(), "steps; 0 = no limit").may_change_on_resume();
  table
      .add("max-epochs",
           &max_epochs,
           Range::between(0, 1e6),
           "passes over the training pictures; 0 = no limit")
      .may_change_on_resume();
  table
      .add("max-time",
           &max_time,
           Range::between(0, 1e9),
           "seconds, those before --resume included; 0 = no limit")
      .may_change_on_resume();
  table
      .add("target-loss",
           &target_loss,
           Range::at_least(0),
           "base loss of a step that ends the run, in nats; 0 = none")
      .may_change_on_resume();
  table
      .add("horizon-queries",
           &horizon_queries,
           Range::count(),
           "the length of run that schedules, masks and gains are laid out for; 0 with "
           "--horizon-steps 0 = the limits of the first start, which --resume keeps to")
      .may_change_on_resume();
  table.add("horizon-steps", &horizon_steps, Range::count(), "the same in steps")
      .may_change_on_resume();
  table.begin_group("Run folder");
  table.add("out", &out, "the folder (default: runs/DATE-MODEL-METHOD)").for_this_call_only();
  table.add("resume", &resume, "go on from the newest sound checkpoint of --out")
      .for_this_call_only();
  table.add("overwrite", &overwrite, "replace the run that --out holds").for_this_call_only();
  table.add("config", &config, "TOML file of options; flags win over it").for_this_call_only();
  table
      .add("eval-every",
           &eval_every,
           Range::count(),
           "queries between evaluations of the test split; 0 = at the end only; of zo-sah-fast, "
           "which asks thousands a step, 2000000")
      .may_change_on_resume();
  table.add("bn-batches",
            &bn_batches,
            Range::count(),
            "training batches that BatchNorm's statistics are retaken from before an evaluation or "
            "a checkpoint; 0 = the running ones");
  table
      .add("checkpoint-every",
           &checkpoint_every,
           Range::count(),
           "queries between checkpoints; 0 = at the end only; of zo-sah-fast 2000000")
      .may_change_on_resume();
  table.add("keep-checkpoints", &keep_checkpoints, Range::at_least(1), "how many stay")
      .may_change_on_resume();
  table.add("dry-run", &dry_run, "check everything, print the plan, write nothing")
      .for_this_call_only();
  table.add("quiet", &quiet, "no progress line").for_this_call_only();
  table.begin_group("Computation");
  table.add("seed", &seed, Range::at_least(0), "of start values, batches and directions");
  device.describe(table);
  oracle.describe(table);
}

TrainCommand::TrainCommand(const std::vector<std::string>& words) {
  std::string file = peek_option(words, "config").value_or("");
  const bool resume = std::find(words.begin(), words.end(), "--resume") != words.end();
  if (file.empty() && resume) {
    const auto stored =
        std::filesystem::path(peek_option(words, "out").value_or("")) / "config.toml";
    if (std::filesystem::exists(stored)) file = stored.string();
  }
  const auto settings = file.empty() ? std::vector<Setting>{} : read_config(file);
  for (const Setting& setting : settings) {
    if (setting.name != "config" && setting.name != "resume") continue;
    fail_usage("{}: decides which file is read, so it belongs on the command line", setting.origin);
  }

  options.describe(table);
  method = read_method_command(table, words, settings, Defaults::Networks, "train");
  if (method.rest.help) return;
  refuse_positional(method.rest, "train");
  check_combinations();
  const std::int64_t pause = find_method(options.method).pause_every;
  if (!table.given("eval-every")) options.eval_every = pause;
  if (!table.given("checkpoint-every")) options.checkpoint_every = pause;
}

void TrainCommand::check_combinations() {
  if (options.resume && options.overwrite) {
    fail_usage("--resume and --overwrite exclude each other: go on with a run or replace it");
  }
  if (options.resume && options.out.empty()) {
    fail_usage("--resume: needs --out DIR, the folder of the run to go on with");
  }
  if (options.resume && options.dry_run) {
    fail_usage("--resume and --dry-run exclude each other");
  }
  if (options.has_limit()) return;
  if (options.method == TrainOptions().method) {
    options.max_steps = kDefaultSteps;
  } else {
    options.max_time = kDefaultSeconds;
  }
}

}  // namespace zo
