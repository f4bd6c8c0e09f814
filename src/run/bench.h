#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/network.h"
#include "src/delta/cpu/conv_peak.h"
#include "src/run/device.h"
#include "src/run/gpu_bench.h"
#include "src/run/oracle_choice.h"

namespace zo {

/// What `bench` measures: every figure takes about `seconds`.
struct BenchOptions {
  std::string model = "resnet8", layer;  // layer: only coordinates of this one, "" all
  std::int64_t classes = 10, batch = 256;
  double seconds = 1.0;
  DeviceChoice device;
  OracleChoice oracle;

  void describe(OptionTable& table);
};

/// One layer with parameters: a convolution, norm or linear map.
struct LayerCost {
  std::string name;
  std::vector<int> segments;  // of the network's layout
  std::int64_t parameters = 0;
  double multiply_adds = 0.0;  // a probe and picture, mean over the layer's coordinates
  double values = 0.0;         // numbers that change, likewise
};
/// The layers of `network` in the order of the forward pass, or the one called `only`. Throws
/// Error(Usage) for a name that is not there or a network that the delta oracle cannot cut.
std::vector<LayerCost> layer_costs(const Network& network, const std::string& only = "");

/// What is told of a GPU.
struct GpuBench {
  GpuRoofs roofs;
  Launches launches;  // of a step of `step` probes, their base loss included
  std::int64_t step = 0;
};

/// All rates in losses a second.
struct BenchResult {
  ChosenDevice device;
  int threads = 1;
  double multiply_adds = 0.0;  // a probe and picture, mean over the coordinates asked for
  double values = 0.0;         // numbers that change, likewise
  double delta = 0.0, reference = 0.0, dense = 0.0;
  std::vector<LayerCost> layers;
  std::vector<double> layer_rates;
  struct Scaling {
    int threads;
    double delta;
  };
  // On the CPU:
  std::vector<Scaling> scaling;  // 1, 2, 4 … threads
  ConvPeak peak;
  std::optional<GpuBench> gpu;

  /// What the probes need, two operations a multiply-add of the plain sum, in GFLOP/s.
  double needed_gflops(std::int64_t batch) const {
    return 2e-9 * multiply_adds * delta * static_cast<double>(batch);
  }
};

/// Measures on pictures and weights drawn by seed: what a loss costs depends on neither. Queries go
/// to ledgers of its own.
BenchResult run_benchmark(const BenchOptions& options);

}  // namespace zo
