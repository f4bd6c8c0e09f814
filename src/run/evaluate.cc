#include "src/run/evaluate.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "data/batches.h"
#include "models/forward.h"
#include "models/memory.h"
#include "src/base/threads.h"
#include "src/kernels/cross_entropy.h"
#include "src/network/cuda_device.h"

namespace zo {
namespace {

constexpr std::int64_t kRows = 250;

}  // namespace

Evaluation evaluate(const Network& network,
                    const Weights& weights,
                    const Dataset& data,
                    Precision precision,
                    int threads,
                    Device device,
                    const std::function<void(std::int64_t)>& told) {
  keep_freed_memory();
  const auto type = precision == Precision::Float64 ? at::kDouble : at::kFloat;
  const at::Device place = open_device(device);
  const auto parameters = parameter_views(network, to_tensor(weights.theta, type).to(place));
  const auto running =
      network.norms.empty() ? at::Tensor() : to_tensor(weights.norms, type).to(place);

  const std::int64_t batches = (data.size() + kRows - 1) / kRows;
  std::vector<double> losses(batches);
  std::vector<std::int64_t> correct(batches);
  ThreadPool pool(place.is_cpu() ? std::max(1, threads) : 1);
  pool.on_each([](int) { at::set_num_threads(1); });
  std::atomic<std::int64_t> done{0};
  pool.run(batches, [&](std::size_t i, int worker) {
    const c10::InferenceMode no_graph;
    const std::int64_t first = static_cast<std::int64_t>(i) * kRows;
    const Batch batch = plain_batch(data, first, std::min(kRows, data.size() - first));
    const auto pictures = picture_tensor(batch, network.input, type).to(place);
    const auto logits = forward(network, parameters, pictures, running);
    const auto rows = example_losses(logits, batch.labels);
    losses[i] = mean_of_rows(rows.data(), batch.rows) * static_cast<double>(batch.rows);
    const auto best = logits.argmax(1).cpu();
    const auto* chosen = best.data_ptr<std::int64_t>();
    for (std::int64_t row = 0; row < batch.rows; ++row)
      correct[i] += chosen[row] == batch.labels[row];
    done += batch.rows;
    if (told && worker == 0) told(done);
  });

  Evaluation result{data.size(), 0.0, 0.0, batches};
  for (std::int64_t i = 0; i < batches; ++i) {
    result.loss += losses[i];
    result.accuracy += static_cast<double>(correct[i]);
  }
  result.loss /= static_cast<double>(data.size());
  result.accuracy /= static_cast<double>(data.size());
  return result;
}

}  // namespace zo
