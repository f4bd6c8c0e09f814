#include "src/run/options.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "models/registry.h"
#include "src/base/arguments.h"
#include "src/base/error.h"
#include "src/minimize/foreign_option.h"
#include "src/run/config_file.h"

namespace zo {
namespace {

// What a run gets that was given no limit at all: it ends within ten minutes on two cores.
constexpr std::int64_t kDefaultQueries = 200000;
constexpr double kDefaultSeconds = 480.0;

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const auto& info : methods()) names.push_back(info.name);
  return names;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> tuned_defaults(const std::string& method) {
  if (method == "zo-sah") {
    return {{"subspace", "100"},
            {"period", "5"},
            {"eps", "0.005"},
            {"radius", "0.02"},
            {"step", "fixed"},
            {"lr", "0.02"},
            {"momentum", "0.9"}};
  }
  if (method == "zo-sah-plus") {
    return {{"subspace", "500"},
            {"period", "10"},
            {"sampling", "layer"},
            {"layer-power", "0.8"},
            {"hessian", "none"},
            {"eps", "0.005"},
            {"preconditioner", "diagonal"},
            {"step", "fixed"},
            {"lr", "0.1"},
            {"momentum", "0.9"},
            {"lr-schedule", "cosine"}};
  }
  if (method == "rspg" || method == "mezo" || method == "hizoo") return {{"lr", "0.003"}};
  if (method == "zovh") return {{"lr", "0.0003"}, {"baseline", "step-mean"}};
  return {};
}

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
            {"auto", "cifar10", "cifar100", "shapes"},
            "auto: CIFAR-10 when --data-dir holds it, else the built-in shapes");
  table.add("data-dir",
            &data_dir,
            "folder that holds cifar-10-batches-bin or cifar-100-binary (or set ZO_DATA_DIR)");
  table.add("batch", &batch, Range::between(2, 65536), "pictures a step");
  table.add("augment",
            &augment,
            {"crop-flip", "none"},
            "random crop and flip, the same for all probes of a step");
  table.begin_group("Method");
  table.add("method", &method, method_names(), "`zotrain methods` describes them");
  table.begin_group("Stop");
  table.add("max-queries", &max_queries, Range::at_least(0), "loss evaluations, never exceeded");
  table.add("max-steps", &max_steps, Range::at_least(0), "steps");
  table.add("max-epochs", &max_epochs, Range::at_least(0), "passes over the training pictures");
  table.add("max-time", &max_time, Range::at_least(0), "seconds, those before --resume included");
  table.add("target-loss", &target_loss, Range::at_least(0), "base loss of a step, in nats");
  table.begin_group("Run folder");
  table.add("out", &out, "the folder (default: runs/DATE-MODEL-METHOD)");
  table.add("resume", &resume, "go on from the newest sound checkpoint of --out");
  table.add("overwrite", &overwrite, "replace the run that --out holds");
  table.add("config", &config, "TOML file of options; flags win over it");
  table.add("eval-every",
            &eval_every,
            Range::at_least(0),
            "queries between evaluations of the test split; 0 = at the end only");
  table.add("checkpoint-every",
            &checkpoint_every,
            Range::at_least(0),
            "queries between checkpoints; 0 = at the end only");
  table.add("keep-checkpoints", &keep_checkpoints, Range::at_least(1), "how many stay");
  table.add("dry-run", &dry_run, "check everything, print the plan, write nothing");
  table.add("quiet", &quiet, "no progress line");
  table.begin_group("Computation");
  table.add("seed", &seed, Range::at_least(0), "of start values, batches and directions");
  table.add("device", &device, {"auto", "cpu", "cuda"}, "where");
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

  std::string name = options.method, origin = "--method";
  for (const auto& setting : settings) {
    if (setting.name == "method") {
      name = setting.text;
      origin = file + ": method";
    }
  }
  if (const auto flag = peek_option(words, "method")) {
    name = *flag;
    origin = "--method";
  }
  method = &find_method(name, origin);
  method_config = method->config();
  options.describe(table);
  table.begin_group("Method " + name);
  method_config->describe(table);
  for (const auto& [option, text] : tuned_defaults(name)) table.set_default(option, text);

  for (const auto& setting : settings) {
    const std::string where = file + ": " + setting.name;
    refuse_foreign_option(setting.name, where, table, name);
    table.set(setting.name, setting.text, where);
  }
  for (const auto& word : words) {
    if (word.rfind("--", 0) != 0) continue;
    const std::string flag = word.substr(2, word.find('=') - 2);
    refuse_foreign_option(flag, "--" + flag, table, name);
  }
  const Arguments rest = read_arguments(words, table);
  help = rest.help;
  if (help) return;
  refuse_positional(rest, "train");
  check_combinations();
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
  if (!options.has_limit()) {
    options.max_queries = kDefaultQueries;
    options.max_time = kDefaultSeconds;
  }
}

bool may_change_on_resume(const std::string& option) {
  static constexpr std::array kFree = {"max-queries",
                                       "max-steps",
                                       "max-epochs",
                                       "max-time",
                                       "target-loss",
                                       "out",
                                       "resume",
                                       "overwrite",
                                       "config",
                                       "eval-every",
                                       "quiet",
                                       "dry-run",
                                       "threads",
                                       "oracle",
                                       "checkpoint-every",
                                       "keep-checkpoints",
                                       "device",
                                       "data-dir"};
  return std::find(kFree.begin(), kFree.end(), option) != kFree.end();
}

}  // namespace zo
