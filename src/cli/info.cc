#include <fmt/format.h>

#include <cmath>

#include "models/registry.h"
#include "src/base/arguments.h"
#include "src/base/called.h"
#include "src/base/error.h"
#include "src/base/progress.h"
#include "src/base/threads.h"
#include "src/cli/verbs.h"
#include "src/kernels/cuda/library.h"
#include "src/run/bench.h"
#include "src/run/version.h"

namespace zo {
namespace {

constexpr Shape kPicture = {3, 32, 32};

void print_layers(const Network& network) {
  fmt::print("{}: {} classes, {} parameters\n\n",
             network.name,
             network.classes,
             count_text(network.layout.dimension()));
  fmt::print("{:<24} {:>12} {:>12} {:>14} {:>16}\n",
             "layer",
             "output",
             "parameters",
             "multiply-adds",
             "of its probes");
  const auto costs = layer_costs(network);
  auto cost = costs.begin();
  std::int64_t work = 0;
  double probes = 0.0;
  for (const auto& op : network.ops) {
    work += multiply_adds(op);
    if (op.weight < 0) continue;
    probes += static_cast<double>(cost->parameters) * cost->multiply_adds;
    fmt::print("{:<24} {:>12} {:>12} {:>14} {:>16}\n",
               op.name,
               fmt::format("{}x{}x{}", op.out.channels, op.out.height, op.out.width),
               count_text(cost->parameters),
               count_text(multiply_adds(op)),
               count_text(std::llround(cost->multiply_adds)));
    ++cost;
  }
  const std::int64_t parameters = network.layout.dimension();
  fmt::print("{:<24} {:>12} {:>12} {:>14} {:>16}   a picture\n\n",
             "total, mean",
             "",
             count_text(parameters),
             count_text(work),
             count_text(std::llround(probes / static_cast<double>(parameters))));
  fmt::print(
      "A probe of one coordinate needs only what the edit changes; its mean is over all "
      "coordinates.\n`{} bench --model {}` measures the speed.\n",
      called(),
      network.name);
}

void print_overview() {
  for (const auto& [name, version] : build_versions()) fmt::print("{:<10} {}\n", name, version);
  fmt::print("{:<10} {} threads\n", "cpu", available_threads());
  const CudaLibrary& cuda = cuda_library();
  for (const auto& device : cuda.devices) fmt::print("{:<10} {}\n", "cuda", device);
  if (cuda.devices.empty()) fmt::print("{:<10} no device: {}\n", "cuda", cuda.why_none);
  fmt::print("\n{:<10} {:>12} {:>16}\n", "network", "parameters", "multiply-adds");
  for (const auto& name : network_names()) {
    const Network network = make_network(name, kPicture, 10);
    std::int64_t work = 0;
    for (const auto& op : network.ops) work += multiply_adds(op);
    fmt::print(
        "{:<10} {:>12} {:>16}\n", name, count_text(network.layout.dimension()), count_text(work));
  }
  fmt::print("\n`{} info --model NAME` shows the layers of one.\n", called());
}

}  // namespace

int run_info(const std::vector<std::string>& words) {
  std::string model;
  std::int64_t classes = 10;
  OptionTable table;
  table.begin_group("Info");
  table.add("model", &model, "show the layers of this network");
  table.add("classes", &classes, Range::at_least(2), "with so many classes");
  const Arguments rest = read_arguments(words, table, "info");
  if (rest.help) {
    fmt::print("{}", help_text(table, "zotrain info [options]", "Networks, devices and versions."));
    return 0;
  }
  refuse_positional(rest, "info");
  if (model.empty()) {
    print_overview();
  } else {
    print_layers(make_network(model, kPicture, static_cast<int>(classes)));
  }
  return 0;
}

}  // namespace zo
