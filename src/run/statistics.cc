#include "src/run/statistics.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "data/batches.h"
#include "models/forward.h"
#include "src/base/threads.h"
#include "src/network/cuda_device.h"

namespace zo {
namespace {

constexpr std::int64_t kRows = 250;
constexpr std::uint64_t kOrder = 0;  // seed of the one order of the pictures

}  // namespace

RetakenStatistics retake_statistics(const Network& network,
                                    const Weights& weights,
                                    const Dataset& train,
                                    std::int64_t count,
                                    Precision precision,
                                    int threads,
                                    Device device) {
  RetakenStatistics result{weights, 0};
  if (network.norms.empty() || count == 0) return result;
  const BatchSource source(train, std::min(kRows, train.size()), kOrder, Augment::None);
  // Only whole batches: a short one would weigh its pictures more.
  result.batches = std::min(count, train.size() / std::min(kRows, train.size()));
  std::vector<Batch> batches;  // drawn one after the other: the source keeps an order in between
  for (std::int64_t i = 0; i < result.batches; ++i) batches.push_back(source.batch(i));

  const auto type = precision == Precision::Float64 ? at::kDouble : at::kFloat;
  const at::Device place = open_device(device);
  const auto parameters = parameter_views(network, to_tensor(weights.theta, type).to(place));
  std::vector<BatchStatistics> seen(batches.size());
  ThreadPool pool(place.is_cpu() ? std::max(1, threads) : 1);
  pool.on_each([](int) { at::set_num_threads(1); });
  pool.run(batches.size(), [&](std::size_t i, int) {
    const c10::InferenceMode no_graph;
    const auto pictures = picture_tensor(batches[i], network.input, type).to(place);
    forward(network, parameters, pictures, {}, &seen[i]);
  });

  for (std::size_t n = 0; n < network.norms.size(); ++n) {
    const Norm& norm = network.norms[n];
    for (std::int64_t i = 0; i < std::int64_t{2} * norm.channels; ++i) {
      double sum = 0.0;
      for (const BatchStatistics& one : seen) {
        const auto rows = static_cast<double>(one.counts[n]);
        const double unbiased = i < norm.channels || rows < 2.0 ? 1.0 : rows / (rows - 1.0);
        sum += unbiased * one.values[norm.offset + i];
      }
      const double mean = sum / static_cast<double>(seen.size());
      result.weights.norms[norm.offset + i] =
          precision == Precision::Float32 ? static_cast<double>(static_cast<float>(mean)) : mean;
    }
  }
  const auto& norms = result.weights.norms;
  // A θ out of range has no statistics: the last ones that are finite stay.
  if (std::all_of(norms.begin(), norms.end(), [](double v) { return std::isfinite(v); })) {
    return result;
  }
  return {weights, 0};
}

std::string statistics_text(const Network& network, std::int64_t batches) {
  if (network.norms.empty()) return "none";
  return batches == 0 ? "running" : fmt::format("retaken from {} training batches", batches);
}

}  // namespace zo
