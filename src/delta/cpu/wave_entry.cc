#include "src/delta/cpu/wave_entry.h"

#include <algorithm>

namespace zo {

template <class T, class S>
void WaveEntry<T, S>::enter(ProbeState<T, S>& state) {
  const PlacedProbe& probe = *state.probe;
  if (context_.last(probe.entry)) return compute_logits(state);
  const UnitLayout& planes = context_.layout.units[probe.entry];
  const std::int64_t vectors =
      probe.changes * context_.base->blocks() * std::int64_t{context_.kernels.lanes};
  state.entry_changes.ensure(vectors * planes.mid.plane);
  state.entry_output.ensure(vectors * planes.out.plane);
  if (planes.shortcut_slot >= 0) state.entry_shortcut.ensure(vectors * planes.out.plane);
  if (state.steps.size() < static_cast<std::size_t>(probe.changes)) {
    state.steps.resize(probe.changes);
  }
  for (int j = 0; j < probe.changes; ++j) state.steps[j] = compute_channel(state, j);
  for (int j = 0; j < probe.changes; ++j) {
    for (std::int64_t b = 0; b < context_.base->blocks(); ++b) activate_channel(state, j, b);
  }
  context_.weights->gather(probe.entry + 1, probe.channels(), state.gathered);
}

template <class T, class S>
void WaveEntry<T, S>::compute_logits(ProbeState<T, S>& state) {
  const int u = state.probe->entry;
  const std::int64_t block =
      std::int64_t{context_.layout.units[u].mid.padded} * context_.kernels.lanes;
  T* logits = state.logits.zeros(context_.base->blocks() * block);
  for (std::int64_t b = 0; b < context_.base->blocks(); ++b) {
    edits_.add(*state.probe, u, b, 0, 1, nullptr, logits + b * block, 1);
  }
}

/// The change of one channel's pre-activation, block after block, and how it is activated.
template <class T, class S>
ChannelStep<T> WaveEntry<T, S>::compute_channel(ProbeState<T, S>& state, int change) {
  const PlacedProbe& probe = *state.probe;
  const int channel = probe.changed[change], lanes = context_.kernels.lanes;
  const PlaneShape& shape = context_.layout.units[probe.entry].mid;
  const std::int64_t plane = shape.plane * lanes, blocks = context_.base->blocks();
  S* planes = state.entry_changes.data() + change * blocks * plane;
  state.sums.assign(lanes, 0.0);
  state.squares.assign(lanes, 0.0);
  for (std::int64_t b = 0; b < blocks; ++b) {
    const std::int64_t from = b * shape.block() + channel * shape.plane;
    context_.tail_sums.assign(lanes, 0.0);
    context_.tail_squares.assign(lanes, 0.0);
    const T* centred = context_.base->unit(probe.entry).centred + from * lanes;
    S* dy = planes + b * plane;
    if (const PlacedEdit* edit = edits_.only_weight(probe)) {
      ShiftRows<T, S> rows = edits_.shift(*edit, b);
      rows.dy = dy;
      rows.centred = centred;
      rows.sums = context_.tail_sums.data();
      rows.squares = context_.tail_squares.data();
      context_.kernels.shift(rows);
    } else {
      T* y = context_.scratch.rows.zeros(plane);
      edits_.add_channel(probe, channel, b, y);
      context_.kernels.finish(y,
                              shape.plane,
                              centred,
                              dy,
                              shape.plane,
                              1,
                              shape.pixels(),
                              context_.tail_sums.data(),
                              context_.tail_squares.data());
    }
    for (int lane = 0; lane < context_.base->valid(b); ++lane) {
      state.sums[lane] += context_.tail_sums[lane];
      state.squares[lane] += context_.tail_squares[lane];
    }
  }
  double sum = 0.0, square = 0.0;
  for (int lane = 0; lane < lanes; ++lane) {
    sum += state.sums[lane];
    square += state.squares[lane];
  }
  return context_.step(probe, probe.entry, channel, sum, square, planes, plane);
}

template <class T, class S>
void WaveEntry<T, S>::activate_channel(ProbeState<T, S>& state, int change, std::int64_t b) {
  const int u = state.probe->entry;
  const DeltaUnit& unit = context_.plan.units[u];
  const UnitLayout& planes = context_.layout.units[u];
  const UnitBase<T>& base = context_.base->unit(u);
  const DeltaKernels<T, S>& kernels = context_.kernels;
  const std::int64_t lanes = kernels.lanes, number = change * context_.base->blocks() + b;
  const std::int64_t from =
      (b * planes.mid.block() + state.probe->changed[change] * planes.mid.plane) * lanes;
  T* output = state.entry_output.data() + number * planes.out.plane * lanes;
  S* shortcut = planes.shortcut_slot < 0
                    ? nullptr
                    : state.entry_shortcut.data() + number * planes.out.plane * lanes;
  const S* dy = state.entry_changes.data() + number * planes.mid.plane * lanes;
  if (unit.averaged() && shortcut == nullptr) {
    std::fill_n(output, lanes, T(0));
    PoolRows<T> rows = context_.pool_rows(u, from);
    rows.steps = &state.steps[change];
    rows.sums = output;
    return kernels.pool(dy, unit.mid.pixels(), rows);
  }
  ActivateRows<T, S> rows;
  rows.dy = dy;
  rows.centred = base.centred + from;
  rows.z = unit.skip >= 0 ? base.z + from : nullptr;
  rows.steps = &state.steps[change];
  rows.channels = 1;
  rows.width = unit.mid.width;
  rows.last = unit.mid.height;
  rows.relu = unit.relu;
  rows.wide = unit.pooled() ? context_.unpooled.ensure(planes.mid.plane * lanes) : output;
  rows.dense = unit.pooled() ? nullptr : shortcut;
  kernels.activate(rows);
  if (!unit.pooled()) return;
  context_.pool_change(u, unit.max_pool ? base.before + from : nullptr, rows.wide, output);
  if (shortcut == nullptr) return;
  kernels.finish(output, 0, nullptr, shortcut, 0, 1, unit.out.pixels(), nullptr, nullptr);
}

template class WaveEntry<float, float>;
template class WaveEntry<float, Bf16>;
template class WaveEntry<double, double>;

}  // namespace zo
