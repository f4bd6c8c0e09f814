#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/base/options.h"
#include "src/methods/registry.h"
#include "src/run/oracle_choice.h"

namespace zo {

/// What `train` can be told, apart from the options of the method. 0 means "no limit" for every
/// limit.
struct TrainOptions {
  std::string model = "resnet8", weights;
  std::string data = "auto", data_dir = "data", augment = "crop-flip";
  std::string method = "zo-sah";
  std::string device = "auto";
  OracleChoice oracle;
  std::int64_t batch = 64, seed = 1;
  std::int64_t max_queries = 0, max_steps = 0, max_epochs = 0;
  double max_time = 0.0, target_loss = 0.0;
  std::int64_t eval_every = 20000, checkpoint_every = 20000, keep_checkpoints = 3;
  std::string out, config;
  bool resume = false, overwrite = false, dry_run = false, quiet = false;

  /// Adds every option to `table`; *this must outlive it.
  void describe(OptionTable& table);
  bool has_limit() const;
};

/// Options of a method, by name, that `train` gives other defaults than the method has, whose own
/// are meant for functions of few coordinates or are those of its paper: what lowered the training
/// loss of ResNet-8 on CIFAR-10, batches of 128, most: in 12,000 and 60,000 queries for zo-sah; of
/// the few step lengths tried, in about 1,000 queries each, for the others. ZoVH centres the losses
/// of every step by themselves, because steps see different batches.
std::vector<std::pair<std::string, std::string>> tuned_defaults(const std::string& method);

/// The command `train` with everything it was told: flags win over the --config file, which wins
/// over defaults. With --resume and no --config the file is the config.toml of the run folder.
class TrainCommand {
 public:
  /// `words`: the command line behind the verb. Throws Error(Usage) that names flag or file and
  /// key; an option of another method is refused with the name of that method.
  explicit TrainCommand(const std::vector<std::string>& words);
  TrainCommand(const TrainCommand&) = delete;
  TrainCommand& operator=(const TrainCommand&) = delete;

  TrainOptions options;
  OptionTable table;
  const MethodInfo* method = nullptr;
  std::unique_ptr<MethodConfig> method_config;
  bool help = false;

 private:
  void check_combinations();
};

/// Names of options that say where and how long a run goes on, not what it computes: they may
/// change on
/// --resume and are left out of comparisons.
bool may_change_on_resume(const std::string& option);

}  // namespace zo
