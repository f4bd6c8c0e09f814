#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "src/base/options.h"
#include "src/methods/registry.h"
#include "src/minimize/method_command.h"
#include "src/run/device.h"
#include "src/run/oracle_choice.h"
#include "src/run/statistics.h"

namespace zo {

/// What `train` can be told, apart from the options of the method. 0 means "no limit" for every
/// limit.
struct TrainOptions {
  std::string model = "resnet8", weights;
  std::string data = "auto", data_dir = "data", augment = "crop-flip";
  std::string method = "zo-sah-fast";
  DeviceChoice device;
  OracleChoice oracle;
  std::int64_t batch = 128, seed = 1;
  std::int64_t max_queries = 0, max_steps = 0, max_epochs = 0;
  double max_time = 0.0, target_loss = 0.0;
  std::int64_t horizon_queries = 0, horizon_steps = 0;
  std::int64_t bn_batches = kStatisticsBatches;
  std::int64_t eval_every = MethodInfo().pause_every, checkpoint_every = eval_every;
  std::int64_t keep_checkpoints = 3;
  std::string out, config;
  bool resume = false, overwrite = false, dry_run = false, quiet = false;

  /// Adds every option to `table`; *this must outlive it.
  void describe(OptionTable& table);
  bool has_limit() const;
  /// Batches that an evaluation retakes BatchNorm's statistics from: none with --bn eval, whose
  /// losses are those of the running ones.
  std::int64_t statistics_batches() const { return oracle.bn == "eval" ? 0 : bn_batches; }
};

/// The command `train` with everything it was told: flags win over the --config file, which wins
/// over defaults, which are those for networks. With --resume and no --config the file is the
/// config.toml of the run folder.
class TrainCommand {
 public:
  /// `words`: the command line behind the verb. Throws Error(Usage) that names flag or file and
  /// key; an option of another method is refused with the name of that method.
  explicit TrainCommand(const std::vector<std::string>& words);
  TrainCommand(const TrainCommand&) = delete;
  TrainCommand& operator=(const TrainCommand&) = delete;

  TrainOptions options;
  OptionTable table;
  MethodCommand method;

 private:
  void check_combinations();
};

}  // namespace zo
