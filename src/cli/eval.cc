#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "data/load.h"
#include "src/base/arguments.h"
#include "src/base/error.h"
#include "src/base/threads.h"
#include "src/cli/data_options.h"
#include "src/cli/stored_weights.h"
#include "src/cli/verbs.h"
#include "src/run/device.h"
#include "src/run/evaluate.h"
#include "src/run/statistics.h"

namespace zo {

int run_eval(const std::vector<std::string>& words) {
  std::string checkpoint, model, split = "test";
  std::int64_t threads = 0;
  std::int64_t bn_batches = kStatisticsBatches;
  DataOptions data;
  DeviceChoice device;
  OptionTable table;
  table.begin_group("Eval");
  table.add("checkpoint", &checkpoint, "run folder, checkpoint folder, or weights file");
  table.add("model", &model, "the network of a weights file that does not name it");
  table.add("split", &split, {"train", "test"}, "which pictures");
  device.describe(table);
  table.add("threads", &threads, Range::between(0, 1024), "0 = all cores");
  table.add("bn-batches",
            &bn_batches,
            Range::at_least(0),
            "training batches that BatchNorm's statistics are retaken from; 0 = the running "
            "ones. A run has stored its own, which hold unless this is given");
  data.describe(table);
  const Arguments rest = read_arguments(words, table, "eval");
  if (rest.help) {
    fmt::print("{}",
               help_text(table,
                         "zotrain eval --checkpoint RUN_OR_FILE [options]",
                         "Prints {\"split\", \"images\", \"loss\", \"accuracy\"}."));
    return 0;
  }
  refuse_positional(rest, "eval");
  if (checkpoint.empty())
    fail_usage("--checkpoint: is missing; name a run folder or a weights file");

  const int workers = threads == 0 ? available_threads() : static_cast<int>(threads);
  // Before LibTorch's first operation (cuda_device.h).
  const Device place = device.open(workers).place;
  const StoredWeights stored =
      open_weights("--checkpoint", checkpoint, model, classes_of_data(data.name));
  data.fall_back_on(stored.data, stored.data_dir, table);
  const DataSplits splits = load_data(data.name, data.folder);
  const Dataset& chosen = split == "train" ? splits.train : splits.test;
  data.check_fits(chosen, stored.network);
  RetakenStatistics point{stored.for_evaluation(), stored.statistics_batches.value_or(0)};
  if (!stored.statistics_batches || table.given("bn-batches")) {
    point = retake_statistics(stored.network,
                              stored.weights,
                              splits.train,
                              bn_batches,
                              Precision::Float32,
                              workers,
                              place);
  }
  const auto result =
      evaluate(stored.network, point.weights, chosen, Precision::Float32, workers, place);
  const nlohmann::ordered_json answer = {
      {"split", split},
      {"images", result.images},
      {"loss", result.loss},
      {"accuracy", result.accuracy},
      {"statistics", statistics_text(stored.network, point.batches)}};
  fmt::print("{}\n", answer.dump());
  return 0;
}

}  // namespace zo
