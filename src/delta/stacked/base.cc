#include "src/delta/stacked/base.h"

#include <ATen/ATen.h>

#include "src/base/error.h"

namespace zo {

at::Tensor linear_map(const DeltaUnit& unit, const at::Tensor& x, const at::Tensor& weight) {
  if (unit.map == DeltaUnit::Map::Conv) {
    return at::conv2d(x, weight, {}, unit.stride, 1).contiguous();
  }
  return at::linear(x.reshape({x.size(0), -1}), weight).view({x.size(0), -1, 1, 1});
}

void check_launch(int code, const char* (*reason)(int)) {
  if (code != 0) {
    fail_run("--device cuda: a kernel did not start: {}; use --device cpu", reason(code));
  }
}

template <class T>
StackedBase<T>::StackedBase(const DeltaPlan& plan, const BaseKernels<T>& kernels)
    : plan_(plan), kernels_(kernels), units_(plan.units.size()), lines_(plan.units.size()) {}

template <class T>
const T* StackedBase<T>::parameter(int segment) const {
  return segment < 0 ? nullptr : parameters_[segment].template const_data_ptr<T>();
}

template <class T>
void StackedBase<T>::run(const StackedBatch& batch,
                         const std::vector<at::Tensor>& parameters,
                         const std::vector<Norm>& norms,
                         const at::Tensor& running) {
  batch_ = batch;
  parameters_ = parameters;
  const std::int64_t size =
      norms.empty() ? 0 : norms.back().offset + std::int64_t{2} * norms.back().channels;
  statistics_ = at::zeros({size}, batch.pictures.options().dtype(at::kDouble));
  for (int u = 0; u < static_cast<int>(units_.size()); ++u) {
    const DeltaUnit& unit = plan_.units[u];
    units_[u].centred = linear_map(unit, input(u), parameters_[unit.weight]);
    if (unit.norm >= 0) normalise(u, norms, running);
    activate(u);
    pool(u);
  }
}

template <class T>
Stack StackedBase<T>::planes(int u) const {
  const Shape& shape = plan_.units[u].mid;
  return {1, batch_.rows(), shape.channels, shape.channels, shape.pixels(), nullptr};
}

template <class T>
void StackedBase<T>::normalise(int u, const std::vector<Norm>& norms, const at::Tensor& running) {
  const DeltaUnit& unit = plan_.units[u];
  const auto doubles = units_[u].centred.options().dtype(at::kDouble);
  const std::int64_t offset = norms[unit.norm].offset;
  const at::Tensor means = at::empty({unit.mid.channels}, doubles);
  units_[u].norms = at::empty({unit.mid.channels, 4}, doubles);
  lines_[u] = at::empty({unit.mid.channels, 3}, units_[u].centred.options());
  static_assert(sizeof(BaseNorm) == 4 * sizeof(double) && sizeof(ChannelLine<T>) == 3 * sizeof(T));

  ChannelNorms<T> work;
  work.means.planes = planes(u);
  work.means.y = units_[u].centred.template const_data_ptr<T>();
  work.means.means = means.data_ptr<double>();
  const at::Tensor slices = slice_room(work, doubles);
  work.means.partial = static_cast<TwoSums*>(slices.data_ptr());
  work.parameters = {parameter(unit.bias), parameter(unit.norm_scale), parameter(unit.norm_shift)};
  work.epsilon = kBatchNormEps;
  work.norms = static_cast<BaseNorm*>(units_[u].norms.data_ptr());
  work.lines = static_cast<ChannelLine<T>*>(lines_[u].data_ptr());
  if (running.defined()) {
    work.running = running.const_data_ptr<double>() + offset;
  } else {
    work.statistics = statistics_.data_ptr<double>() + offset;
    check_launch(kernels_.channel_means(work.means), kernels_.reason);
  }
  check_launch(kernels_.channel_norms(work), kernels_.reason);
}

template <class T>
void StackedBase<T>::activate(int u) {
  const DeltaUnit& unit = plan_.units[u];
  StackedUnit& base = units_[u];
  base.z = at::empty_like(base.centred);
  base.before = at::empty_like(base.centred);
  ActivateBase<T> work;
  work.planes = planes(u);
  work.y = base.centred.template data_ptr<T>();
  if (unit.norm >= 0) {
    work.lines = static_cast<const ChannelLine<T>*>(lines_[u].const_data_ptr());
  } else {
    work.bias = parameter(unit.bias);
  }
  if (unit.skip >= 0) {
    work.shortcut =
        shortcut_of<T>(plan_, unit, units_[unit.skip].output.template const_data_ptr<T>());
  }
  work.relu = unit.relu;
  work.z = base.z.template data_ptr<T>();
  work.a = base.before.template data_ptr<T>();
  check_launch(kernels_.activate(work), kernels_.reason);
}

template <class T>
void StackedBase<T>::pool(int u) {
  const DeltaUnit& unit = plan_.units[u];
  at::Tensor output = units_[u].before;
  if (unit.max_pool) output = at::max_pool2d(output, 2).contiguous();
  if (unit.global_pool) {
    const at::Tensor means = at::empty({output.size(0), output.size(1), 1, 1}, output.options());
    PlaneMeans<T, T> work;
    work.planes = output.size(0) * output.size(1);
    work.pixels = static_cast<int>(output.size(2) * output.size(3));
    work.x = output.template const_data_ptr<T>();
    work.out = means.template data_ptr<T>();
    check_launch(kernels_.plane_means(work), kernels_.reason);
    output = means;
  }
  units_[u].output = output;
}

template <class T>
typename StackedBase<T>::Losses StackedBase<T>::losses() const {
  const auto doubles = statistics_.options();
  const at::Tensor rows = at::empty({batch_.rows()}, doubles);
  at::Tensor mean = at::empty({1}, doubles);
  LossRows<T, T> work;
  work.rows = batch_.rows();
  work.classes = plan_.classes;
  work.logits = units_.back().output.template const_data_ptr<T>();
  work.labels = batch_.labels.template const_data_ptr<std::int32_t>();
  work.losses = rows.data_ptr<double>();
  check_launch(kernels_.loss_rows(work), kernels_.reason);
  const LossMeans means{1, batch_.rows(), work.losses, mean.data_ptr<double>()};
  check_launch(kernels_.loss_means(means), kernels_.reason);
  return {rows, mean};
}

template <class T>
std::vector<double> StackedBase<T>::statistics() const {
  const at::Tensor here = statistics_.cpu();
  return {here.const_data_ptr<double>(), here.const_data_ptr<double>() + here.numel()};
}

template class StackedBase<float>;
template class StackedBase<double>;

}  // namespace zo
