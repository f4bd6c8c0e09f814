#include "src/delta/stacked/wave.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace zo {
namespace {

template <class S>
S* data(const at::Tensor& tensor) {
  return static_cast<S*>(tensor.data_ptr());
}

MapShape map_shape(const DeltaUnit& unit) {
  if (unit.map == DeltaUnit::Map::Linear) return {};
  return {unit.in.height, unit.in.width, unit.mid.height, unit.mid.width, unit.stride};
}

}  // namespace

template <>
at::ScalarType stored_type<float>() {
  return at::kFloat;
}
template <>
at::ScalarType stored_type<double>() {
  return at::kDouble;
}
template <>
at::ScalarType stored_type<Bf16>() {
  return at::kBFloat16;
}

template <class T, class S>
StackedWave<T, S>::StackedWave(const DeltaPlan& plan,
                               const StackedKernels<T, S>& kernels,
                               bool follow)
    : plan_(plan), kernels_(kernels), follow_(follow), outputs_(plan.units.size()) {}

template <class T, class S>
void StackedWave<T, S>::run(const WaveRecords& wave,
                            const RecordMemory& memory,
                            const StackedBase<T>& base,
                            const std::vector<at::Tensor>& parameters,
                            const std::vector<at::Tensor>& rounded,
                            double* losses,
                            double* examples) {
  wave_ = &wave;
  memory_ = &memory;
  base_ = &base;
  parameters_ = &parameters;
  at::Tensor change = enter();
  if (last(wave.entry)) return loss(change, losses, examples);
  if (plan_.units[wave.entry].last_reader >= 0) outputs_[wave.entry] = scatter(change);
  for (int u = wave.entry + 1;; ++u) {
    at::Tensor dy = u == wave.entry + 1
                        ? spread(u, change)
                        : linear_map(plan_.units[u], change, rounded[plan_.units[u].weight]);
    add_edits(u, change, dy);
    if (last(u)) {
      loss(dy, losses, examples);
      break;
    }
    change = activate(u, all(u), dy);
    if (plan_.units[u].last_reader >= 0) outputs_[u] = change;
    for (int v = wave.entry; v < u; ++v) {
      if (plan_.units[v].last_reader <= u) outputs_[v].reset();
    }
  }
  std::fill(outputs_.begin(), outputs_.end(), at::Tensor());
}

template <class T, class S>
at::Tensor StackedWave<T, S>::room(at::IntArrayRef sizes) const {
  return at::empty(sizes, base_->batch().pictures.options().dtype(stored_type<S>()));
}

/// Changes at unit `u` of the channels that the entry changes.
template <class T, class S>
Stack StackedWave<T, S>::few(int u) const {
  const Shape& shape = plan_.units[u].mid;
  return {wave_->changes,
          base_->batch().rows(),
          1,
          shape.channels,
          shape.pixels(),
          memory_->get(wave_->channel_of)};
}

template <class T, class S>
Stack StackedWave<T, S>::all(int u) const {
  const Shape& shape = plan_.units[u].mid;
  return {wave_->capacity,
          base_->batch().rows(),
          shape.channels,
          shape.channels,
          shape.pixels(),
          nullptr};
}

/// The unit of entry: [changes · B, 1, H, W], or the change of the logits where it is the last one.
template <class T, class S>
at::Tensor StackedWave<T, S>::enter() const {
  const int u = wave_->entry;
  const Shape& shape = plan_.units[u].mid;
  const Stack planes = last(u) ? all(u) : few(u);
  at::Tensor dy =
      room({planes.probes * planes.pictures, planes.channels, shape.height, shape.width});
  dy.zero_();
  add_edits(u, {}, dy);
  return last(u) ? dy : activate(u, planes, dy);
}

template <class T, class S>
void StackedWave<T, S>::add_edits(int u, const at::Tensor& change, at::Tensor& dy) const {
  const UnitEdits& edits = wave_->unit(u);
  if (edits.targets.count == 0) return;
  const DeltaUnit& unit = plan_.units[u];
  AddEdits<T, S> work;
  work.targets = edits.targets.count;
  work.pictures = base_->batch().rows();
  work.shape = map_shape(unit);
  work.target = memory_->get(edits.targets);
  work.edits = memory_->get(edits.edits);
  work.x = base_->input(u).template const_data_ptr<T>();
  work.dx = change.defined() ? data<S>(change) : nullptr;
  work.dy = data<S>(dy);
  work.x_step = std::int64_t{unit.in.channels} * unit.in.pixels();
  work.dx_step = edits.dx_step;
  work.dy_step = edits.dy_step;
  check(kernels_.add_edits(work));
}

/// The unit behind the entry.
template <class T, class S>
at::Tensor StackedWave<T, S>::spread(int u, const at::Tensor& change) const {
  const DeltaUnit& unit = plan_.units[u];
  SpreadChannels<T, S> work;
  work.probes = wave_->capacity;
  work.pictures = base_->batch().rows();
  work.channels = unit.mid.channels;
  work.in_channels = unit.in.channels;
  work.taps = unit.taps();
  work.linear = unit.map == DeltaUnit::Map::Linear;
  work.shape = map_shape(unit);
  work.first_change = memory_->get(wave_->first_change);
  work.channel_of = memory_->get(wave_->channel_of);
  work.change = data<S>(change);
  work.weight = (*parameters_)[unit.weight].template const_data_ptr<T>();
  at::Tensor dy =
      room({work.probes * work.pictures, unit.mid.channels, unit.mid.height, unit.mid.width});
  work.dy = data<S>(dy);
  check(kernels_.spread(work));
  return dy;
}

template <class T, class S>
at::Tensor StackedWave<T, S>::scatter(const at::Tensor& change) const {
  const Shape& shape = plan_.units[wave_->entry].out;
  at::Tensor out =
      room({wave_->capacity * base_->batch().rows(), shape.channels, shape.height, shape.width});
  ScatterChannels<S> work;
  work.planes = {wave_->capacity,
                 base_->batch().rows(),
                 shape.channels,
                 shape.channels,
                 shape.pixels(),
                 nullptr};
  work.first_change = memory_->get(wave_->first_change);
  work.channel_of = memory_->get(wave_->channel_of);
  work.change = data<S>(change);
  out.zero_();
  work.out = data<S>(out);
  check(kernels_.scatter(work));
  return out;
}

template <class T, class S>
at::Tensor StackedWave<T, S>::activate(int u, const Stack& planes, at::Tensor dy) const {
  const DeltaUnit& unit = plan_.units[u];
  const StackedUnit& base = base_->unit(u);
  const at::Tensor changes = at::empty({planes.probes * planes.channels, 3}, base.z.options());
  ChannelChanges<T, S> channels;
  channels.planes = planes;
  channels.follow = follow_ && unit.norm >= 0;
  channels.dy = data<S>(dy);
  channels.centred = base.centred.template const_data_ptr<T>();
  if (unit.norm >= 0) channels.norms = static_cast<const BaseNorm*>(base.norms.const_data_ptr());
  channels.scale_edits = memory_->get(wave_->unit(u).scales);
  channels.shift_edits = memory_->get(wave_->unit(u).shifts);
  static_assert(sizeof(ChannelChange<T>) == 3 * sizeof(T));
  channels.changes = static_cast<ChannelChange<T>*>(changes.data_ptr());
  at::Tensor means, slices;
  if (channels.follow) {
    means = at::empty({channels.groups()}, base.norms.options());
    channels.means = means.data_ptr<double>();
    slices = slice_room(channels, base.norms.options());
    channels.partial = static_cast<TwoSums*>(slices.data_ptr());
  }
  check(kernels_.channel_changes(channels));
  if (channels.follow) check(kernels_.remove_means({channels, data<S>(dy)}));

  ActivateChange<T, S> work;
  work.planes = planes;
  work.dy = data<S>(dy);
  work.centred = channels.centred;
  work.z = base.z.template const_data_ptr<T>();
  work.changes = channels.changes;
  work.relu = unit.relu;
  if (unit.skip >= wave_->entry) {
    work.shortcut = shortcut_of<S>(plan_, unit, data<S>(outputs_[unit.skip]));
  }
  check(kernels_.activate(work));
  return pool(u, planes, std::move(dy));
}

template <class T, class S>
at::Tensor StackedWave<T, S>::pool(int u, Stack planes, at::Tensor da) const {
  const DeltaUnit& unit = plan_.units[u];
  const std::int64_t rows = planes.probes * planes.pictures;
  if (unit.max_pool) {
    MaxPoolChange<T, S> work;
    work.planes = planes;
    work.height = unit.mid.height;
    work.width = unit.mid.width;
    work.before = base_->unit(u).before.template const_data_ptr<T>();
    work.da = data<S>(da);
    const at::Tensor out = room({rows, planes.channels, work.height / 2, work.width / 2});
    work.out = data<S>(out);
    check(kernels_.max_pool(work));
    planes.pixels = work.out_pixels();
    da = out;
  }
  if (unit.global_pool) {
    const at::Tensor out = room({rows, planes.channels, 1, 1});
    const PlaneMeans<T, S> work{rows * planes.channels, planes.pixels, data<S>(da), data<S>(out)};
    check(kernels_.plane_means(work));
    da = out;
  }
  return da;
}

template <class T, class S>
void StackedWave<T, S>::loss(const at::Tensor& logits, double* losses, double* examples) const {
  LossRows<T, S> work;
  work.probes = wave_->capacity;
  work.rows = base_->batch().rows();
  work.classes = plan_.classes;
  work.logits =
      base_->unit(static_cast<int>(plan_.units.size()) - 1).output.template const_data_ptr<T>();
  work.changes = data<S>(logits);
  work.labels = base_->batch().labels.template const_data_ptr<std::int32_t>();
  at::Tensor rows;  // where nobody wants to see them
  if (examples == nullptr) {
    rows = at::empty({work.probes, work.rows}, logits.options().dtype(at::kDouble));
    examples = rows.data_ptr<double>();
  }
  work.losses = examples;
  check(kernels_.loss_rows(work));
  check(kernels_.base.loss_means({work.probes, work.rows, work.losses, losses}));
}

template class StackedWave<float, float>;
template class StackedWave<float, Bf16>;
template class StackedWave<double, double>;

}  // namespace zo
