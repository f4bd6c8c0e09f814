#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>
#include <utility>

#include "models/forward.h"
#include "models/memory.h"
#include "src/base/threads.h"
#include "src/kernels/cross_entropy.h"
#include "src/network/cuda_device.h"
#include "src/network/network_oracle.h"
#include "src/network/network_state.h"

namespace zo {
namespace {

/// A whole forward pass a loss. T is the storage type of θ and of the arithmetic: float or double.
/// Every pass runs on one thread and the passes side by side, each worker on its own copy of θ, so
/// a loss does not depend on how many workers there are or which one computed it. A GPU takes the
/// passes one after the other, and gets its copy of θ from the host's before each.
template <class T>
class ReferenceOracle final : public NetworkOracle {
 public:
  ReferenceOracle(Network network,
                  const Weights& weights,
                  BatchFunction batches,
                  OracleConfig config)
      : NetworkOracle(network.layout, config.precision),
        state_(std::move(network), weights, std::move(batches), config),
        device_(open_device(config.device)),
        pool_(device_.is_cpu() ? std::max(1, config.threads) : 1),
        theta_(to_tensor(weights.theta, kType)) {
    for (int worker = 0; worker < pool_.size(); ++worker) {
      const auto copy = theta_.clone();
      const auto placed = copy.to(device_);  // the copy itself on the CPU
      workers_.push_back({copy, placed, parameter_views(state_.network(), placed)});
    }
    if (!state_.follows_batch()) running_ = to_tensor(state_.running(), kType).to(device_);
    pool_.on_each([](int) { at::set_num_threads(1); });
  }

  const Network& network() const override { return state_.network(); }
  Weights weights() const override { return state_.weights(theta()); }

  std::vector<double> values(std::span<const std::int64_t> coordinates) const override {
    std::vector<double> values;
    for (const auto index : coordinates) values.push_back(static_cast<double>(data(theta_)[index]));
    return values;
  }

  std::vector<double> theta() const override { return {data(theta_), data(theta_) + dimension()}; }

  std::int64_t examples() const override { return static_cast<std::int64_t>(labels_.size()); }

  std::vector<double> gradient() override {
    const auto theta = theta_.detach().clone().to(device_).requires_grad_();
    const auto logits = forward(network(), parameter_views(network(), theta), pictures_, running_);
    const auto labels = at::tensor(labels_, at::kInt).to(at::kLong).to(device_);
    at::cross_entropy_loss(logits.to(at::kDouble), labels).backward();
    const at::Tensor gradient = theta.grad().cpu();
    return {data(gradient), data(gradient) + dimension()};
  }

 private:
  static constexpr auto kType = c10::CppTypeToScalarType<T>::value;
  static T* data(const at::Tensor& tensor) { return tensor.data_ptr<T>(); }

  struct Worker {
    at::Tensor theta;                    // on the host, where edits are made
    at::Tensor placed;                   // on the device
    std::vector<at::Tensor> parameters;  // views into it
  };

  void do_begin_batch(std::int64_t number) override {
    Batch batch = state_.batch(number);
    pictures_ = picture_tensor(batch, network().input, kType).to(device_);
    labels_ = std::move(batch.labels);
    seen_.reset();
  }

  double do_base() override {
    seen_.emplace();
    restore(workers_[0]);
    base_ = losses(workers_[0], state_.follows_batch() ? &*seen_ : nullptr);
    return mean_of_rows(base_.data(), examples());
  }

  void do_base_examples(std::span<double> rows) override {
    std::copy(base_.begin(), base_.end(), rows.begin());
  }

  void do_evaluate(std::span<const Probe> probes,
                   std::span<double> means,
                   std::span<double> rows) override {
    for (Worker& worker : workers_) restore(worker);
    std::atomic<std::int64_t> known{0};
    pool_.run(probes.size(), [&](std::size_t i, int number) {
      Worker& worker = workers_[number];
      const auto* sparse = std::get_if<SparseProbe>(&probes[i]);
      const std::vector<double> each = sparse != nullptr
                                           ? sparse_losses(*sparse, worker)
                                           : dense_losses(std::get<DenseProbe>(probes[i]), worker);
      means[i] = mean_of_rows(each.data(), examples());
      if (!rows.empty()) std::copy(each.begin(), each.end(), &rows[i * each.size()]);
      ++known;
      if (number == 0) told(known, probes.size());
    });
  }

  std::vector<double> sparse_losses(const SparseProbe& probe, const Worker& worker) const {
    T* theta = data(worker.theta);
    for (const Edit& edit : probe.edits()) {
      theta[edit.index] = static_cast<T>(static_cast<double>(theta[edit.index]) + edit.delta);
    }
    std::vector<double> result = losses(worker, nullptr);
    for (const Edit& edit : probe.edits()) theta[edit.index] = data(theta_)[edit.index];
    return result;
  }

  std::vector<double> dense_losses(const DenseProbe& probe, const Worker& worker) const {
    auto point = theta();
    add_direction(probe, point);
    std::transform(point.begin(), point.end(), data(worker.theta), [](double value) {
      return static_cast<T>(value);
    });
    std::vector<double> result = losses(worker, nullptr);
    restore(worker);
    return result;
  }

  void do_move(const Update& update) override {
    if (seen_ && state_.follows_batch()) state_.fold(*seen_);
    seen_.reset();
    const std::vector<double> change = total_change(update, dimension());
    T* theta = data(theta_);
    for (std::size_t i = 0; i < change.size(); ++i) {
      theta[i] = static_cast<T>(static_cast<double>(theta[i]) + change[i]);
    }
  }

  void restore(const Worker& worker) const {
    std::memcpy(data(worker.theta), data(theta_), sizeof(T) * dimension());
  }

  std::vector<double> losses(const Worker& worker, BatchStatistics* seen) const {
    const c10::InferenceMode no_graph;
    if (!device_.is_cpu()) worker.placed.copy_(worker.theta);
    return example_losses(forward(network(), worker.parameters, pictures_, running_, seen),
                          labels_);
  }

  NetworkState state_;
  at::Device device_;
  ThreadPool pool_;
  at::Tensor theta_;
  at::Tensor running_;  // defined with --bn eval only
  std::vector<Worker> workers_;
  at::Tensor pictures_;
  std::vector<std::int32_t> labels_;
  std::vector<double> base_;             // losses of the examples at the base point
  std::optional<BatchStatistics> seen_;  // at the base point that `move` will leave
};

}  // namespace

std::unique_ptr<NetworkOracle> make_reference_oracle(Network network,
                                                     const Weights& weights,
                                                     BatchFunction batches,
                                                     OracleConfig config) {
  keep_freed_memory();
  if (config.precision == Precision::Float64) {
    return std::make_unique<ReferenceOracle<double>>(
        std::move(network), weights, std::move(batches), config);
  }
  return std::make_unique<ReferenceOracle<float>>(
      std::move(network), weights, std::move(batches), config);
}

}  // namespace zo
