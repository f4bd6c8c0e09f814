#include <fmt/format.h>
#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include "src/base/arguments.h"
#include "src/cli/verbs.h"
#include "src/run/bench.h"

namespace zo {
namespace {

/// Most memory that the process held at one time, MiB.
std::int64_t peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

double fraction(double part, double whole) { return whole > 0.0 ? part / whole : 0.0; }

nlohmann::ordered_json as_json(const BenchOptions& options, const BenchResult& result) {
  const double needed = result.needed_gflops(options.batch);
  nlohmann::ordered_json layers = nlohmann::ordered_json::array(),
                         scaling = nlohmann::ordered_json::array(),
                         shapes = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < result.layers.size(); ++i) {
    layers.push_back({{"name", result.layers[i].name},
                      {"parameters", result.layers[i].parameters},
                      {"mac_per_image", result.layers[i].multiply_adds},
                      {"delta_probes_per_s", result.layer_rates[i]}});
  }
  for (const auto& [threads, rate] : result.scaling) {
    scaling.push_back({{"threads", threads}, {"delta_probes_per_s", rate}});
  }
  for (const ConvSpeed& speed : result.peak.shapes) {
    shapes.push_back({{"shape", speed.shape},
                      {"direct_gflops", speed.direct},
                      {"library_gflops", speed.library},
                      {"winograd_gflops", speed.winograd},
                      {"bf16_gflops", speed.bf16}});
  }
  return {{"model", options.model},
          {"batch", options.batch},
          {"threads", result.threads},
          {"dtype", options.oracle.dtype},
          {"differences", options.oracle.differences},
          {"delta_probes_per_s", result.delta},
          {"reference_probes_per_s", result.reference},
          {"dense_probes_per_s", result.dense},
          {"mac_per_image", result.multiply_adds},
          {"conv_peak_gflops", result.peak.gflops()},
          {"needed_gflops", needed},
          {"fraction_of_peak", fraction(needed, result.peak.gflops())},
          {"peak_memory_mib", peak_memory()},
          {"scaling", scaling},
          {"convolutions", shapes},
          {"layers", layers}};
}

void print_table(const BenchOptions& options, const BenchResult& result) {
  const double needed = result.needed_gflops(options.batch);
  fmt::print("{}, {} pictures a loss, {} threads, {}, {}\n\n",
             options.model,
             options.batch,
             result.threads,
             options.oracle.dtype,
             options.oracle.differences_text(Device::Cpu));
  fmt::print("{:<24} {:>10} {:>14} {:>12} {:>10}\n",
             "layer",
             "parameters",
             "MAC/picture",
             "losses/s",
             "GFLOP/s");
  const auto row = [&](const std::string& name, std::int64_t parameters, double macs, double rate) {
    fmt::print("{:<24} {:>10} {:>14.0f} {:>12.1f} {:>10.1f}\n",
               name,
               parameters,
               macs,
               rate,
               2e-9 * macs * rate * static_cast<double>(options.batch));
  };
  std::int64_t parameters = 0;
  for (std::size_t i = 0; i < result.layers.size(); ++i) {
    const LayerCost& layer = result.layers[i];
    parameters += layer.parameters;
    row(layer.name, layer.parameters, layer.multiply_adds, result.layer_rates[i]);
  }
  row(options.layer.empty() ? "uniform mix" : "this layer",
      parameters,
      result.multiply_adds,
      result.delta);
  for (const auto& [threads, rate] : result.scaling) {
    if (threads == result.threads) continue;
    fmt::print("{:<24} {:>10} {:>14} {:>12.1f}\n",
               fmt::format("  on {} thread{}", threads, threads == 1 ? "" : "s"),
               "",
               "",
               rate);
  }
  fmt::print("{:<24} {:>10} {:>14} {:>12.1f}   {:.1f}x slower\n",
             "reference (any probe)",
             "",
             "",
             result.reference,
             fraction(result.delta, result.reference));
  fmt::print("{:<24} {:>10} {:>14} {:>12.1f}\n\n", "dense probes", "", "", result.dense);
  fmt::print("{:<24} {:>12} {:>12} {:>12} {:>12}   GFLOP/s\n",
             "convolution",
             "direct",
             "library",
             "winograd",
             "bf16");
  for (const ConvSpeed& speed : result.peak.shapes) {
    fmt::print("{:<24} {:>12.0f} {:>12.0f} {:>12.0f} {:>12.0f}\n",
               speed.shape,
               speed.direct,
               speed.library,
               speed.winograd,
               speed.bf16);
  }
  if (!result.peak.shapes.empty()) {
    fmt::print("\nneeded {:.0f} GFLOP/s = {:.0f} % of the convolution peak of {:.0f}\n",
               needed,
               100.0 * fraction(needed, result.peak.gflops()),
               result.peak.gflops());
  }
  fmt::print("peak memory {} MiB\n", peak_memory());
}

}  // namespace

int run_bench(const std::vector<std::string>& words) {
  BenchOptions options;
  bool json = false;
  OptionTable table;
  options.describe(table);
  table.add("json", &json, "one JSON object instead of the table");
  const Arguments rest = read_arguments(words, table);
  if (rest.help) {
    fmt::print("{}",
               help_text(table,
                         "zotrain bench [options]",
                         "Losses a second by layer, by oracle and by threads, and the share of the "
                         "processor's convolution peak.\nGFLOP/s count the multiply-adds that a "
                         "probe needs as plain sums, however they are computed."));
    return 0;
  }
  refuse_positional(rest, "bench");
  const BenchResult result = run_benchmark(options);
  if (json) {
    fmt::print("{}\n", as_json(options, result).dump(2));
  } else {
    print_table(options, result);
  }
  return 0;
}

}  // namespace zo
