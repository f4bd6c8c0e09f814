#include "src/delta/stacked/engine.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <limits>

#include "models/forward.h"
#include "src/base/error.h"
#include "src/network/cuda_device.h"

namespace zo {
namespace {

/// Places in a wave where differences are so small that memory sets no limit.
constexpr std::int64_t kMostPlaces = 256;

/// Kernels number the elements of a layer by 32 bits.
constexpr std::int64_t kMostElements = std::numeric_limits<Index>::max();

void check_size(const DeltaPlan& plan, const Network& network, std::int64_t rows) {
  std::int64_t picture = network.input.size();
  for (const DeltaUnit& unit : plan.units) picture = std::max(picture, unit.mid.size());
  const std::int64_t most = kMostElements / picture;
  if (rows > most) {
    fail_usage(
        "--batch: {} pictures are too many for {} on a GPU; take at most {}, or --device cpu",
        rows,
        network.name,
        most);
  }
}

/// Waits for the device.
void copy_out(const at::Tensor& values, std::span<double> to) {
  const c10::InferenceMode no_graph;
  const at::Tensor here = values.cpu();
  std::copy_n(here.const_data_ptr<double>(), to.size(), to.begin());
}

}  // namespace

template <class T, class S>
StackedEngine<T, S>::StackedEngine(const DeltaPlan& plan,
                                   const NetworkState& state,
                                   const StackedKernels<T, S>& kernels)
    : plan_(plan),
      state_(state),
      kernels_(kernels),
      device_(open_device(state.config().device)),
      base_(plan, kernels.base),
      dense_(plan, kernels.base),
      wave_(plan, kernels, state.follows_batch()) {
  if (!state.follows_batch()) running_ = to_tensor(state.running(), at::kDouble).to(device_);
}

template <class T, class S>
void StackedEngine<T, S>::set_batch(const Batch& batch) {
  const c10::InferenceMode no_graph;
  check_size(plan_, state_.network(), batch.rows);
  batch_.pictures =
      picture_tensor(batch, state_.network().input, stored_type<T>()).contiguous().to(device_);
  batch_.labels = at::tensor(batch.labels, at::kInt).to(device_);
}

template <class T, class S>
void StackedEngine<T, S>::set_point(const Theta<T>& theta) {
  const c10::InferenceMode no_graph;
  const auto& stored = theta.stored();
  const at::Tensor host = at::from_blob(
      const_cast<T*>(stored.data()), {static_cast<std::int64_t>(stored.size())}, stored_type<T>());
  theta_ = at::empty(host.sizes(), host.options().device(device_)).copy_(host);
  parameters_ = parameter_views(state_.network(), theta_);
  rounded_ = parameter_views(state_.network(), theta_.to(stored_type<S>()));
}

template <class T, class S>
double StackedEngine<T, S>::base(ThreadPool& /*pool*/) {
  const c10::InferenceMode no_graph;
  base_.run(batch_, parameters_, state_.network().norms, running_);
  const auto losses = base_.losses();
  base_examples_ = losses.examples;
  return losses.mean.template item<double>();
}

template <class T, class S>
void StackedEngine<T, S>::base_examples(std::span<double> rows) const {
  copy_out(base_examples_, rows);
}

/// By the largest layer behind the entry, whose elements a wave's kernels number by 32 bits.
template <class T, class S>
int StackedEngine<T, S>::capacity(int entry) const {
  std::int64_t values = 1;
  for (int u = entry; u < static_cast<int>(plan_.units.size()); ++u) {
    const Shape& shape = plan_.units[u].mid;
    values = std::max(values, (u == entry ? shape.pixels() : shape.size()) * batch_.rows());
  }
  constexpr std::int64_t kBytes = sizeof(S);
  const std::int64_t most = std::min<std::int64_t>(kMostPlaces, kMostElements / values);
  return static_cast<int>(std::clamp(state_.config().wave_bytes / (values * kBytes),
                                     std::int64_t{1},
                                     std::max(most, std::int64_t{1})));
}

template <class T, class S>
void StackedEngine<T, S>::begin(std::span<const Wave> list, std::int64_t places, bool examples) {
  const c10::InferenceMode no_graph;
  const auto doubles = theta_.options().dtype(at::kDouble);
  losses_ = at::empty({places}, doubles);
  examples_ = examples ? at::empty({places, batch_.rows()}, doubles) : at::Tensor();
  list_ = list;
  uploads_.clear();
}

template <class T, class S>
void StackedEngine<T, S>::wave(std::size_t number, int /*worker*/) {
  const c10::InferenceMode no_graph;
  const Wave& wave = list_[number];
  memory_.clear();
  const WaveRecords records =
      make_wave_records(plan_, wave.probes, wave.capacity, batch_.rows(), memory_);
  memory_.upload(device_);
  wave_.run(
      records,
      memory_,
      base_,
      parameters_,
      rounded_,
      losses_.data_ptr<double>() + wave.place,
      examples_.defined() ? examples_.data_ptr<double>() + wave.place * batch_.rows() : nullptr);
}

/// The base's arithmetic at another point.
template <class T, class S>
void StackedEngine<T, S>::dense(const DenseProbe& probe, std::int64_t place, int /*worker*/) {
  const c10::InferenceMode no_graph;
  if (!point_.defined()) {
    point_ = at::empty_like(theta_);
    point_parameters_ = parameter_views(state_.network(), point_);
  }
  Perturb<T> work;
  work.count = theta_.numel();
  work.theta = theta_.template const_data_ptr<T>();
  work.out = point_.template data_ptr<T>();
  work.scale = probe.scale;
  work.seed = probe.seed;
  work.law = probe.law;
  work.vector = uploaded(probe.vector);
  work.weights = uploaded(probe.weights);
  check_launch(kernels_.base.perturb(work), kernels_.base.reason);
  dense_.run(batch_, point_parameters_, state_.network().norms, running_);
  const auto losses = dense_.losses();
  losses_.narrow(0, place, 1).copy_(losses.mean);
  if (examples_.defined()) examples_.select(0, place).copy_(losses.examples);
}

template <class T, class S>
void StackedEngine<T, S>::read(std::span<double> losses, std::span<double> examples) const {
  copy_out(losses_, losses);
  if (examples_.defined()) copy_out(examples_, examples);
}

/// On the device, once a list; null for none.
template <class T, class S>
const double* StackedEngine<T, S>::uploaded(
    const std::shared_ptr<const std::vector<double>>& values) {
  if (values == nullptr) return nullptr;
  at::Tensor& there = uploads_[values];
  if (!there.defined()) there = to_tensor(*values, at::kDouble).to(device_);
  return there.const_data_ptr<double>();
}

template class StackedEngine<float, float>;
template class StackedEngine<float, Bf16>;
template class StackedEngine<double, double>;

}  // namespace zo
