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

/// Share of a roof that `rate` losses a second reach, each moving `work` GB or GFLOP.
double share(double work, double rate, double roof) { return fraction(work * rate, roof); }

/// The type that differences are kept in.
int difference_bytes(const OracleChoice& oracle) {
  return oracle.differences == "bf16" ? 2 : oracle.dtype == "float64" ? 8 : 4;
}
double gbytes_moved(const BenchOptions& options, double values) {
  return 1e-9 * bytes_moved(values, difference_bytes(options.oracle)) *
         static_cast<double>(options.batch);
}
double gflop_needed(const BenchOptions& options, double multiply_adds) {
  return 2e-9 * multiply_adds * static_cast<double>(options.batch);
}
double float_roof(const BenchOptions& options, const GpuRoofs& roofs) {
  return options.oracle.differences == "bf16" ? roofs.bf16 : roofs.float32;
}

nlohmann::ordered_json as_json(const BenchOptions& options, const BenchResult& result) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < result.layers.size(); ++i) {
    layers.push_back({{"name", result.layers[i].name},
                      {"parameters", result.layers[i].parameters},
                      {"mac_per_image", result.layers[i].multiply_adds},
                      {"delta_probes_per_s", result.layer_rates[i]}});
  }
  const double needed = result.needed_gflops(options.batch);
  nlohmann::ordered_json answer = {{"model", options.model},
                                   {"batch", options.batch},
                                   {"device", result.device.text},
                                   {"threads", result.threads},
                                   {"dtype", options.oracle.dtype},
                                   {"differences", options.oracle.differences},
                                   {"delta_probes_per_s", result.delta},
                                   {"reference_probes_per_s", result.reference},
                                   {"dense_probes_per_s", result.dense},
                                   {"mac_per_image", result.multiply_adds},
                                   {"needed_gflops", needed},
                                   {"peak_memory_mib", peak_memory()}};
  if (result.gpu) {
    const auto& [roofs, launches, step] = *result.gpu;
    answer["copy_gbytes_per_s"] = roofs.gbytes;
    answer["float32_gflops"] = roofs.float32;
    answer["bf16_gflops"] = roofs.bf16;
    answer["fraction_of_memory"] =
        share(gbytes_moved(options, result.values), result.delta, roofs.gbytes);
    answer["fraction_of_float"] = fraction(needed, float_roof(options, roofs));
    answer["launches"] = {
        {"probes", step}, {"own_kernels", launches.own}, {"operators", launches.operators}};
  } else {
    nlohmann::ordered_json scaling = nlohmann::ordered_json::array(),
                           shapes = nlohmann::ordered_json::array();
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
    answer["conv_peak_gflops"] = result.peak.gflops();
    answer["fraction_of_peak"] = fraction(needed, result.peak.gflops());
    answer["scaling"] = scaling;
    answer["convolutions"] = shapes;
  }
  answer["layers"] = layers;
  return answer;
}

void print_layers(const BenchOptions& options, const BenchResult& result) {
  const bool gpu = result.gpu.has_value();
  fmt::print("{:<24} {:>10} {:>14} {:>12} {:>10}{}\n",
             "layer",
             "parameters",
             "MAC/picture",
             "losses/s",
             "GFLOP/s",
             gpu ? "   of memory   of products" : "");
  const auto row = [&](const std::string& name,
                       std::int64_t parameters,
                       double macs,
                       double values,
                       double rate) {
    fmt::print("{:<24} {:>10} {:>14.0f} {:>12.1f} {:>10.1f}",
               name,
               parameters,
               macs,
               rate,
               gflop_needed(options, macs) * rate);
    if (gpu) {
      const GpuRoofs& roofs = result.gpu->roofs;
      fmt::print(" {:>9.0f} % {:>11.0f} %",
                 100.0 * share(gbytes_moved(options, values), rate, roofs.gbytes),
                 100.0 * share(gflop_needed(options, macs), rate, float_roof(options, roofs)));
    }
    fmt::print("\n");
  };
  std::int64_t parameters = 0;
  for (std::size_t i = 0; i < result.layers.size(); ++i) {
    const LayerCost& layer = result.layers[i];
    parameters += layer.parameters;
    row(layer.name, layer.parameters, layer.multiply_adds, layer.values, result.layer_rates[i]);
  }
  row(options.layer.empty() ? "uniform mix" : "this layer",
      parameters,
      result.multiply_adds,
      result.values,
      result.delta);
}

void print_processor(const BenchOptions& options, const BenchResult& result) {
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
    const double needed = result.needed_gflops(options.batch);
    fmt::print("\nneeded {:.0f} GFLOP/s = {:.0f} % of the convolution peak of {:.0f}\n",
               needed,
               100.0 * fraction(needed, result.peak.gflops()),
               result.peak.gflops());
  }
}

void print_gpu(const GpuBench& gpu) {
  fmt::print(
      "roofs measured here: {:.0f} GB/s (copies), {:.0f} GFLOP/s (products in float32), {:.0f} in "
      "bf16\n",
      gpu.roofs.gbytes,
      gpu.roofs.float32,
      gpu.roofs.bf16);
  fmt::print("a step of {} probes: {} launches of own kernels, {} operators of LibTorch\n",
             gpu.step,
             gpu.launches.own,
             gpu.launches.operators);
}

void print_table(const BenchOptions& options, const BenchResult& result) {
  fmt::print("{}, {} pictures a loss, {}, {}, {}\n\n",
             options.model,
             options.batch,
             result.device.text,
             options.oracle.dtype,
             options.oracle.differences_text(result.device.place));
  print_layers(options, result);
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
  if (result.gpu) {
    print_gpu(*result.gpu);
  } else {
    print_processor(options, result);
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
  const Arguments rest = read_arguments(words, table, "bench");
  if (rest.help) {
    fmt::print("{}",
               help_text(table,
                         "zotrain bench [options]",
                         "Losses a second by layer, by oracle and by threads, and the share of the "
                         "processor's convolution peak\nor of a GPU's memory and "
                         "products.\nGFLOP/s count the multiply-adds that a "
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
