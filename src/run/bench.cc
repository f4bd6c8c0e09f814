#include "src/run/bench.h"

#include <algorithm>

#include "models/registry.h"
#include "src/base/error.h"
#include "src/base/philox.h"
#include "src/delta/cost.h"
#include "src/run/rate.h"

namespace zo {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr Shape kPicture = {3, 32, 32};
constexpr std::int64_t kStep =
    128;  // probes of a step whose launches are counted: zo-sah's default

/// Normal pixels and uniform labels.
Batch drawn_batch(std::int64_t rows, int classes) {
  const Philox pixels(kSeed, Purpose::Test, 0), labels(kSeed, Purpose::Test, 1);
  Batch batch{.number = 0, .rows = rows, .images = {}, .labels = {}};
  batch.images.resize(rows * kPicture.size());
  for (std::size_t i = 0; i < batch.images.size(); ++i) {
    batch.images[i] = static_cast<float>(pixels.normal(i));
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    batch.labels.push_back(static_cast<std::int32_t>(labels.below(i, classes)));
  }
  return batch;
}

/// 1, 2, 4 … and `threads` itself.
std::vector<int> thread_counts(int threads) {
  std::vector<int> counts;
  for (int n = 1; n < threads; n *= 2) counts.push_back(n);
  counts.push_back(threads);
  return counts;
}

/// What one step hands to the device: its base loss and `probes`.
Launches step_launches(NetworkOracle& oracle, const std::vector<Probe>& probes) {
  return count_launches([&] {
    oracle.begin_batch(0);
    oracle.base();
    oracle.evaluate(probes);
  });
}

}  // namespace

void BenchOptions::describe(OptionTable& table) {
  table.begin_group("Bench");
  table.add("model", &model, network_names(), "network");
  table.add("classes", &classes, Range::at_least(2), "of its classifier");
  table.add("batch", &batch, Range::at_least(2), "pictures a loss");
  table.add("layer", &layer, "only probes of this layer, e.g. layer2.0.conv1");
  table.add("seconds", &seconds, Range::positive_up_to(3600), "a figure takes about so long");
  device.describe(table);
  oracle.describe_arithmetic(table);
}

std::vector<LayerCost> layer_costs(const Network& network, const std::string& only) {
  const DeltaPlan plan = make_delta_plan(network);
  const ProbeCost cost(plan);
  std::vector<LayerCost> layers;
  std::vector<std::string> names;
  for (const Op& op : network.ops) {
    if (op.weight < 0) continue;
    names.push_back(op.name);
    if (!only.empty() && op.name != only) continue;
    LayerCost layer;
    layer.name = op.name;
    for (const int s : {op.weight, op.bias}) {
      if (s < 0) continue;
      const Segment& segment = network.layout.segments[s];
      const Edit edit{segment.offset, 1.0};  // all entries of a segment cost the same
      layer.segments.push_back(s);
      layer.parameters += segment.size;
      const SparseProbe probe({&edit, 1});
      const auto size = static_cast<double>(segment.size);
      layer.multiply_adds += size * static_cast<double>(cost.multiply_adds(probe));
      layer.values += size * static_cast<double>(cost.values(probe));
    }
    layer.multiply_adds /= static_cast<double>(layer.parameters);
    layer.values /= static_cast<double>(layer.parameters);
    layers.push_back(std::move(layer));
  }
  if (layers.empty()) {
    const std::string near = nearest(only, names);
    fail_usage("--layer: {} has no layer {}{}",
               network.name,
               only,
               near.empty() ? "; `zotrain info --model " + network.name + "` lists them"
                            : "; did you mean " + near + "?");
  }
  return layers;
}

BenchResult run_benchmark(const BenchOptions& options) {
  BenchResult result;
  result.threads = options.oracle.thread_count();
  result.device = options.device.open(result.threads);
  const Network network = make_network(options.model, kPicture, static_cast<int>(options.classes));
  const Weights weights = initial_weights(network, kSeed);
  Batch batch = drawn_batch(options.batch, network.classes);
  const auto open = [&](const std::string& name, int threads) {
    OracleChoice choice = options.oracle;
    choice.name = name;
    choice.threads = threads;
    if (name == "reference") choice.differences = "full";
    auto oracle = choice.make(
        network, weights, [&](std::int64_t) { return batch; }, result.device.place);
    oracle->begin_batch(0);
    return oracle;
  };

  result.layers = layer_costs(network, options.layer);
  std::vector<int> all;
  std::int64_t parameters = 0;
  for (const LayerCost& layer : result.layers) {
    all.insert(all.end(), layer.segments.begin(), layer.segments.end());
    parameters += layer.parameters;
    result.multiply_adds += static_cast<double>(layer.parameters) * layer.multiply_adds;
    result.values += static_cast<double>(layer.parameters) * layer.values;
  }
  result.multiply_adds /= static_cast<double>(parameters);
  result.values /= static_cast<double>(parameters);
  const auto uniform = [&](const std::vector<int>& segments) {
    return [&](std::int64_t count) { return uniform_probes(network.layout, segments, count); };
  };

  const auto delta = open("delta", result.threads);
  if (result.device.place.is_cuda()) {
    result.delta = losses_per_second(*delta, uniform(all), options.seconds);
    result.gpu = GpuBench{measure_roofs(result.device.place, {.seconds = options.seconds}),
                          step_launches(*delta, uniform(all)(kStep)),
                          kStep};
  } else {
    for (const int threads : thread_counts(result.threads)) {
      const double rate = losses_per_second(*open("delta", threads), uniform(all), options.seconds);
      result.scaling.push_back({threads, rate});
    }
    result.delta = result.scaling.back().delta;
    // Beside the rate that it is held against, so that both see the same clock of the processor.
    result.peak = measure_conv_peak(network, result.threads, options.seconds);
  }
  for (const LayerCost& layer : result.layers) {
    result.layer_rates.push_back(
        losses_per_second(*delta, uniform(layer.segments), options.seconds));
  }
  result.dense = losses_per_second(*delta, dense_probes, options.seconds);
  result.reference =
      losses_per_second(*open("reference", result.threads), uniform(all), options.seconds);
  return result;
}

}  // namespace zo
