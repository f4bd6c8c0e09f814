#include "src/delta/cpu/wave.h"

#include <algorithm>

#include "src/kernels/cross_entropy.h"

namespace zo {

template <class T, class S>
DeltaWave<T, S>::DeltaWave(const DeltaPlan& plan,
                           const DeltaKernels<T, S>& kernels,
                           bool batch_statistics)
    : plan_(plan), kernels_(kernels), batch_statistics_(batch_statistics) {
  std::fill_n(ones_.ensure(kernels_.lanes), kernels_.lanes, T(1));
}

template <class T, class S>
void DeltaWave<T, S>::run(const DeltaBase<T>& base,
                          const DeltaWeights<T>& weights,
                          std::span<const PlacedProbe> probes,
                          double* losses) {
  base_ = &base;
  weights_ = &weights;
  if (states_.size() < probes.size()) states_.resize(probes.size());
  for (std::size_t i = 0; i < probes.size(); ++i) {
    states_[i].probe = &probes[i];
    states_[i].kept.resize(plan_.kept_slots);
    enter(states_[i]);
  }
  for (int u = probes[0].entry + 1; u < static_cast<int>(plan_.units.size()); ++u) {
    for (std::size_t i = 0; i < probes.size(); ++i) begin_unit(states_[i], u);
    for (std::int64_t b = 0; b < base.blocks(); ++b) {
      for (std::size_t i = 0; i < probes.size(); ++i) advance(states_[i], u, b);
    }
    for (std::size_t i = 0; i < probes.size(); ++i) finish_unit(states_[i], u);
  }
  for (std::size_t i = 0; i < probes.size(); ++i) losses[i] = loss(states_[i]);
}

/// The unit of entry: only the channels that an edit names change, whatever the layer.
template <class T, class S>
void DeltaWave<T, S>::enter(State& state) {
  const int u = state.probe->entry;
  const DeltaUnit& unit = plan_.units[u];
  const int lanes = kernels_.lanes;
  const std::int64_t blocks = base_->blocks();
  state.changed = 0;
  for (const PlacedEdit& edit : state.probe->all()) {
    const auto end = state.channels.begin() + state.changed;
    if (edit.unit == u && std::find(state.channels.begin(), end, edit.out) == end) {
      state.channels[state.changed++] = edit.out;
    }
  }
  if (u + 1 == static_cast<int>(plan_.units.size())) {
    T* logits = state.logits.zeros(blocks * unit.mid.padded * lanes);
    for (std::int64_t b = 0; b < blocks; ++b) {
      add_edits(state, u, b, 0, 1, logits + b * unit.mid.padded * lanes, 1);
    }
    return;
  }
  const std::int64_t plane = unit.mid.plane * lanes;
  state.entry_changes.ensure(state.changed * blocks * plane);
  if (state.steps.size() < static_cast<std::size_t>(state.changed)) {
    state.steps.resize(state.changed);
  }
  for (int j = 0; j < state.changed; ++j) {
    const int channel = state.channels[j];
    state.sums.assign(lanes, 0.0);
    state.squares.assign(lanes, 0.0);
    for (std::int64_t b = 0; b < blocks; ++b) {
      T* y = scratch_.rows.zeros(plane);
      for (const PlacedEdit& edit : state.probe->all()) {
        if (edit.unit == u && edit.out == channel) add_edit(edit, b, 0, unit.mid.height, -1, y);
      }
      add_plane(state, u, b, channel, y, state.entry_changes.data() + (j * blocks + b) * plane);
    }
    double sum = 0.0, square = 0.0;
    for (int lane = 0; lane < lanes; ++lane) {
      sum += state.sums[lane];
      square += state.squares[lane];
    }
    S* planes = state.entry_changes.data() + j * blocks * plane;
    state.steps[j] = step(state, u, channel, sum, square, planes, plane);
  }
  activate_entry(state);
  weights_->gather(
      u + 1, {state.channels.data(), static_cast<std::size_t>(state.changed)}, state.gathered);
}

/// Stores one changed channel of the unit of entry and adds it to the sums.
template <class T, class S>
void DeltaWave<T, S>::add_plane(
    State& state, int u, std::int64_t b, int channel, const T* y, S* change) {
  const PlaneShape& shape = plan_.units[u].mid;
  const int lanes = kernels_.lanes, valid = base_->valid(b);
  const T* centred = base_->unit(u).centred + (b * shape.block() + channel * shape.plane) * lanes;
  tail_sums_.assign(lanes, 0.0);
  tail_squares_.assign(lanes, 0.0);
  kernels_.finish(y,
                  shape.plane,
                  centred,
                  change,
                  shape.plane,
                  1,
                  shape.pixels(),
                  tail_sums_.data(),
                  tail_squares_.data());
  for (int lane = 0; lane < valid; ++lane) {
    state.sums[lane] += tail_sums_[lane];
    state.squares[lane] += tail_squares_[lane];
  }
}

template <class T, class S>
void DeltaWave<T, S>::activate_entry(State& state) {
  const int u = state.probe->entry;
  const DeltaUnit& unit = plan_.units[u];
  const UnitBase<T>& base = base_->unit(u);
  const int lanes = kernels_.lanes;
  const std::int64_t blocks = base_->blocks();
  const std::int64_t mid = unit.mid.plane * lanes, out = unit.out.plane * lanes;
  const bool pooled = unit.pooled(), kept = unit.kept_slot >= 0;
  state.entry_output.ensure(state.changed * blocks * out);
  if (kept) state.entry_kept.ensure(state.changed * blocks * out);
  wide_.ensure(mid);
  for (int j = 0; j < state.changed; ++j) {
    for (std::int64_t b = 0; b < blocks; ++b) {
      const std::int64_t from = (b * unit.mid.block() + state.channels[j] * unit.mid.plane) * lanes;
      T* output = state.entry_output.data() + (j * blocks + b) * out;
      S* keep = kept ? state.entry_kept.data() + (j * blocks + b) * out : nullptr;
      ActivateRows<T, S> rows;
      rows.dy = state.entry_changes.data() + (j * blocks + b) * mid;
      rows.centred = base.centred + from;
      rows.z = unit.skip >= 0 ? base.z + from : nullptr;
      rows.steps = &state.steps[j];
      rows.channels = 1;
      rows.width = unit.mid.width;
      rows.last = unit.mid.height;
      rows.relu = unit.relu;
      rows.wide = pooled ? wide_.data() : output;
      rows.dense = pooled ? nullptr : keep;
      kernels_.activate(rows);
      if (!pooled) continue;
      pool_change(unit, unit.max_pool ? base.before + from : nullptr, wide_.data(), output);
      if (kept) {
        kernels_.finish(output, 0, nullptr, keep, 0, 1, unit.out.pixels(), nullptr, nullptr);
      }
    }
  }
}

/// Change of a pooled plane; `before` is the base activation in front of a maximum pooling.
template <class T, class S>
void DeltaWave<T, S>::pool_change(const DeltaUnit& unit, const T* before, const T* change, T* out) {
  const int height = unit.mid.height, width = unit.mid.width;
  if (!unit.max_pool) {
    kernels_.mean(change, height * width, out);
    return;
  }
  const int pixels = (height / 2) * (width / 2);
  T* maxima = unit.global_pool ? maxima_.ensure(std::int64_t{pixels} * kernels_.lanes) : out;
  kernels_.max_pool(before, change, height, width, maxima);
  if (unit.global_pool) kernels_.mean(maxima, pixels, out);
}

/// How channel `channel` of unit `u` is activated, given the moments of its changes, whose plane of
/// block b begins at planes + b·next. A mean that costs digits is taken out of these planes; taken
/// twice, because the first one is only as good as float32 sums of large numbers.
template <class T, class S>
ChannelStep<T> DeltaWave<T, S>::step(const State& state,
                                     int u,
                                     int channel,
                                     double sum,
                                     double square,
                                     S* planes,
                                     std::int64_t next) {
  const DeltaUnit& unit = plan_.units[u];
  const PlaneShape& shape = unit.mid;
  const UnitBase<T>& base = base_->unit(u);
  const int lanes = kernels_.lanes;
  const auto count = static_cast<double>(base_->rows() * shape.pixels());
  double scale = 0.0, shift = 0.0;
  for (const PlacedEdit& edit : state.probe->all()) {
    if (edit.unit != u || edit.out != channel) continue;
    if (edit.kind == PlacedEdit::Kind::Scale) scale = edit.delta;
    if (edit.kind == PlacedEdit::Kind::Shift) shift = edit.delta;
  }
  NormDifference change = fixed_norm_difference(base.norms[channel], scale, shift);
  if (sums_wanted(u)) {
    for (int again = 0; again < 2; ++again) {
      const double mean = removable_mean(base.norms[channel], sum, square, count);
      if (mean == 0.0) break;
      sum = square = 0.0;
      for (std::int64_t b = 0; b < base_->blocks(); ++b) {
        const T* centred = base.centred + (b * shape.block() + channel * shape.plane) * lanes;
        tail_sums_.assign(lanes, 0.0);
        tail_squares_.assign(lanes, 0.0);
        kernels_.remove_mean(planes + b * next,
                             centred,
                             shape.pixels(),
                             static_cast<T>(mean),
                             tail_sums_.data(),
                             tail_squares_.data());
        for (int lane = 0; lane < base_->valid(b); ++lane) {
          sum += tail_sums_[lane];
          square += tail_squares_[lane];
        }
      }
    }
    change = batch_norm_difference(base.norms[channel], sum, square, count, scale, shift);
  }
  ChannelStep<T> result = base.steps[channel];
  result.slope = static_cast<T>(change.slope);
  result.base = static_cast<T>(change.base);
  result.constant = static_cast<T>(change.constant);
  return result;
}

template <class T, class S>
double DeltaWave<T, S>::loss(const State& state) {
  const PlaneShape& shape = plan_.units.back().mid;
  const int lanes = kernels_.lanes, classes = plan_.classes;
  logits_row_.resize(classes);
  double sum = 0.0;
  for (std::int64_t row = 0; row < base_->rows(); ++row) {
    const T* change = state.logits.data() + row / lanes * shape.padded * lanes + row % lanes;
    for (int k = 0; k < classes; ++k) {
      logits_row_[k] = base_->logits()[row * classes + k] + static_cast<double>(change[k * lanes]);
    }
    sum += cross_entropy_row(logits_row_.data(), classes, base_->labels()[row]);
  }
  return sum / static_cast<double>(base_->rows());
}

template class DeltaWave<float, float>;
template class DeltaWave<float, Bf16>;
template class DeltaWave<double, double>;

}  // namespace zo
