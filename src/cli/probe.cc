#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "data/batches.h"
#include "data/load.h"
#include "src/base/arguments.h"
#include "src/base/error.h"
#include "src/cli/data_options.h"
#include "src/cli/probe_file.h"
#include "src/cli/stored_weights.h"
#include "src/cli/verbs.h"
#include "src/run/device.h"
#include "src/run/oracle_choice.h"

namespace zo {
namespace {

struct ProbeOptions {
  std::string weights, model, probes;
  DeviceChoice device;
  OracleChoice oracle;
  std::int64_t batch = 64, offset = 0;
  DataOptions data;

  void describe(OptionTable& table) {
    table.begin_group("Probe");
    table.add("weights", &weights, "weights file, run folder or checkpoint folder");
    table.add("model", &model, "the network of a weights file that does not name it");
    table.add("probes",
              &probes,
              "JSON: [{\"edits\": [[\"conv1.weight\", 17, 0.005], ...]}, {\"seed\": 3, \"scale\": "
              "0.001}, ...]");
    table.add("batch",
              &batch,
              Range::at_least(1),
              "pictures: N of the training split in file order, not augmented");
    table.add("offset", &offset, Range::at_least(0), "the first of them");
    device.describe(table);
    oracle.describe(table);
    data.describe(table);
  }
};

}  // namespace

int run_probe(const std::vector<std::string>& words) {
  ProbeOptions options;
  OptionTable table;
  options.describe(table);
  const Arguments rest = read_arguments(words, table, "probe");
  if (rest.help) {
    fmt::print("{}",
               help_text(table,
                         "zotrain probe --weights FILE --probes FILE.json [options]",
                         "Prints {\"model\", \"batch\", \"base\", \"losses\", \"queries\"}."));
    return 0;
  }
  refuse_positional(rest, "probe");
  if (options.weights.empty())
    fail_usage("--weights: is missing; name a weights file or a run folder");
  if (options.probes.empty()) fail_usage("--probes: is missing; name a JSON file of probes");

  // Before LibTorch's first operation (cuda_device.h).
  const Device place = options.device.open(options.oracle.thread_count()).place;
  StoredWeights stored =
      open_weights("--weights", options.weights, options.model, classes_of_data(options.data.name));
  const auto probes = read_probes(options.probes, stored.network.layout);
  options.data.fall_back_on(stored.data, stored.data_dir, table);
  const DataSplits data = load_data(options.data.name, options.data.folder);
  options.data.check_fits(data.train, stored.network);
  if (options.offset + options.batch > data.train.size()) {
    fail_usage("--offset: pictures {} ... {} reach beyond the {} of the training split",
               options.offset,
               options.offset + options.batch - 1,
               data.train.size());
  }
  const auto batch = [&](std::int64_t) {
    return plain_batch(data.train, options.offset, options.batch);
  };
  const auto oracle = options.oracle.make(stored.network, stored.weights, batch, place);
  oracle->begin_batch(0);
  const double base = oracle->base();
  const auto losses = oracle->evaluate(probes);
  const nlohmann::ordered_json answer = {{"model", stored.network.name},
                                         {"batch", options.batch},
                                         {"base", base},
                                         {"losses", losses},
                                         {"queries", oracle->ledger().queries()}};
  fmt::print("{}\n", answer.dump());
  return 0;
}

}  // namespace zo
