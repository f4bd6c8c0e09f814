#include "src/delta/cpu/wave_unit.h"

#include <algorithm>

namespace zo {

template <class T, class S>
void WaveUnit<T, S>::begin(ProbeState<T, S>& state, int u) {
  const UnitLayout& planes = context_.layout.units[u];
  const std::int64_t lanes = context_.kernels.lanes;
  state.sums.assign(planes.mid.padded * lanes, 0.0);
  state.squares.assign(planes.mid.padded * lanes, 0.0);
  const std::int64_t vectors = context_.base->blocks() * lanes;
  if (context_.last(u)) {
    state.logits.ensure(vectors * planes.mid.block());
  } else if (!twice_.takes(state, u)) {
    state.changes[planes.change_slot].ensure(vectors * planes.mid.block());
  }
  const UnitLayout& before = context_.layout.units[u - 1];
  if (before.shortcut_slot >= 0 && state.whole(u)) {
    state.shortcuts[before.shortcut_slot].ensure(vectors * before.out.block());
  }
}

template <class T, class S>
void WaveUnit<T, S>::advance(ProbeState<T, S>& state, int u, std::int64_t b) {
  if (state.whole(u)) point_skips(state, u - 1, b);
  if (twice_.takes(state, u)) {
    if (context_.moments_wanted(u)) twice_.moments(state, u, b, keep_rows(state, u, b, 0));
  } else if (context_.plan.units[u].map == DeltaUnit::Map::Conv) {
    conv(state, u, b);
  } else {
    linear(state, u, b);
  }
  const int valid = context_.base->valid(b);
  if (valid == context_.kernels.lanes || !context_.moments_wanted(u)) return;
  for (std::size_t i = 0; i < context_.tail_sums.size(); ++i) {
    if (static_cast<int>(i) % context_.kernels.lanes < valid) {
      state.sums[i] += context_.tail_sums[i];
      state.squares[i] += context_.tail_squares[i];
    }
  }
}

template <class T, class S>
void WaveUnit<T, S>::finish(ProbeState<T, S>& state, int u) {
  if (context_.last(u)) return;
  const bool twice = twice_.takes(state, u);
  if (twice && loses_digits(state, u)) return keep(state, u);
  const PlaneShape& shape = context_.layout.units[u].mid;
  const int lanes = context_.kernels.lanes;
  state.steps.resize(shape.padded);
  for (int c = 0; c < shape.channels; ++c) {
    const auto [sum, square] = moments(state, c);
    S* planes = twice ? nullptr
                      : state.changes[context_.layout.units[u].change_slot].data() +
                            c * shape.plane * lanes;
    state.steps[c] = context_.step(*state.probe, u, c, sum, square, planes, shape.block() * lanes);
  }
}

/// Σ dy and Σ dy·(2c + dy) of a channel of the unit being computed.
template <class T, class S>
std::pair<double, double> WaveUnit<T, S>::moments(const ProbeState<T, S>& state,
                                                  int channel) const {
  const int lanes = context_.kernels.lanes;
  double sum = 0.0, square = 0.0;
  for (int lane = 0; lane < lanes; ++lane) {
    sum += state.sums[channel * lanes + lane];
    square += state.squares[channel * lanes + lane];
  }
  return {sum, square};
}

/// Whether the changes of a channel have a mean that must be taken out of them.
template <class T, class S>
bool WaveUnit<T, S>::loses_digits(const ProbeState<T, S>& state, int u) const {
  if (!context_.moments_wanted(u)) return false;
  const PlaneShape& shape = context_.layout.units[u].mid;
  const auto count = static_cast<double>(context_.base->rows() * shape.pixels());
  for (int c = 0; c < shape.channels; ++c) {
    const auto [sum, square] = moments(state, c);
    if (removable_mean(context_.base->unit(u).norms[c], sum, square, count) != 0.0) return true;
  }
  return false;
}

/// Computes unit `u` once more with its changes written out.
template <class T, class S>
void WaveUnit<T, S>::keep(ProbeState<T, S>& state, int u) {
  state.kept = true;
  begin(state, u);
  for (std::int64_t b = 0; b < context_.base->blocks(); ++b) advance(state, u, b);
  finish(state, u);
}

/// Changed planes of the shortcut that unit `v` adds, a channel of v each; null where nothing
/// changed.
template <class T, class S>
void WaveUnit<T, S>::point_skips(const ProbeState<T, S>& state, int v, std::int64_t b) {
  const DeltaUnit& unit = context_.plan.units[v];
  skips_.assign(unit.mid.channels, nullptr);
  if (unit.skip < state.probe->entry) return;
  const UnitLayout& source = context_.layout.units[unit.skip];
  const std::int64_t lanes = context_.kernels.lanes, plane = source.out.plane * lanes;
  if (unit.skip == state.probe->entry) {
    for (int j = 0; j < state.probe->changes; ++j) {
      skips_[unit.skip_before + state.probe->changed[j]] =
          state.entry_shortcut.data() + (j * context_.base->blocks() + b) * plane;
    }
    return;
  }
  const S* planes = state.shortcuts[source.shortcut_slot].data() + b * source.out.block() * lanes;
  for (int c = 0; c < source.out.channels; ++c) {
    skips_[unit.skip_before + c] = planes + c * plane;
  }
}

/// Rows [first, last) of the changed output of unit `v`, in front of its pooling.
template <class T, class S>
void WaveUnit<T, S>::activate(ProbeState<T, S>& state,
                              int v,
                              std::int64_t b,
                              int first,
                              int last,
                              const RowRing<T>* ring,
                              T* wide) {
  const DeltaUnit& unit = context_.plan.units[v];
  const UnitLayout& planes = context_.layout.units[v];
  const UnitBase<T>& base = context_.base->unit(v);
  const std::int64_t from = b * planes.mid.block() * context_.kernels.lanes;
  ActivateRows<T, S> rows;
  rows.dy = state.changes[planes.change_slot].data() + from;
  rows.centred = base.centred + from;
  rows.z = unit.skip >= 0 ? base.z + from : nullptr;
  rows.plane = planes.mid.plane;
  rows.steps = state.steps.data();
  if (unit.skip >= state.probe->entry) {
    rows.skip = skips_.data();
    rows.skip_stride = unit.skip_stride;
    rows.skip_width = context_.plan.units[unit.skip].out.width;
  }
  rows.channels = unit.mid.channels;
  rows.width = unit.mid.width;
  rows.first = first;
  rows.last = last;
  rows.relu = unit.relu;
  rows.ring = ring;
  rows.wide = wide;
  if (planes.shortcut_slot >= 0 && !unit.pooled()) {
    rows.dense = state.shortcuts[planes.shortcut_slot].data() + from;
  }
  context_.kernels.activate(rows);
}

/// Points `planes_` at the changed input channels of unit `u` where they are at hand as planes:
/// behind the unit of entry, behind a pooling, and for linear layers.
template <class T, class S>
void WaveUnit<T, S>::gather_planes(ProbeState<T, S>& state, int u, std::int64_t b) {
  const DeltaUnit& unit = context_.plan.units[u - 1];
  const UnitLayout& source = context_.layout.units[u - 1];
  const std::int64_t lanes = context_.kernels.lanes, plane = source.out.plane * lanes;
  planes_.clear();
  if (!state.whole(u)) {
    for (int j = 0; j < state.probe->changes; ++j) {
      planes_.push_back(state.entry_output.data() + (j * context_.base->blocks() + b) * plane);
    }
    return;
  }
  T* out = nullptr;
  if (twice_.takes(state, u - 1)) {
    out = twice_.pool(state, u - 1, b);
  } else {
    T* change = context_.unpooled.ensure(source.mid.block() * lanes);
    activate(state, u - 1, b, 0, source.mid.height, nullptr, change);
    if (!unit.pooled()) {
      for (int c = 0; c < source.out.channels; ++c) planes_.push_back(change + c * plane);
      return;
    }
    out = pooled_.ensure(source.out.block() * lanes);
    for (int c = 0; c < source.out.channels; ++c) {
      const std::int64_t from = c * source.mid.plane * lanes;
      const T* before =
          unit.max_pool ? context_.base->unit(u - 1).before + b * source.mid.block() * lanes + from
                        : nullptr;
      context_.pool_change(u - 1, before, change + from, out + c * plane);
    }
  }
  for (int c = 0; c < source.out.channels; ++c) planes_.push_back(out + c * plane);
  if (source.shortcut_slot < 0) return;
  S* shortcut = state.shortcuts[source.shortcut_slot].data() + b * source.out.block() * lanes;
  context_.kernels.finish(out,
                          source.out.plane,
                          nullptr,
                          shortcut,
                          source.out.plane,
                          source.out.channels,
                          source.out.pixels(),
                          nullptr,
                          nullptr);
}

template <class T, class S>
void WaveUnit<T, S>::conv(ProbeState<T, S>& state, int u, std::int64_t b) {
  const DeltaUnit& unit = context_.plan.units[u];
  const bool all = state.whole(u);
  const bool from_planes = !all || context_.plan.units[u - 1].pooled();
  const int channels = all ? unit.in.channels : state.probe->changes;
  if (ring_unit_ != &unit || context_.scratch.ring.channels != channels) {
    context_.scratch.shape_ring(unit, channels, context_.kernels.lanes);
    ring_unit_ = &unit;
  }
  if (from_planes) gather_planes(state, u, b);
  const Product product = all ? whole_product(unit, context_.kernels) : Product::Direct;
  const ConvKernel<T, S>& kernel = context_.kernels.conv(product);
  const bool edited = edits_.any(*state.probe, u);
  ConvBand<T> band = context_.weights->band(u, product, context_.scratch.ring);
  if (!all) band.weights = state.gathered.data();
  band.scratch = context_.scratch.products.ensure(
      kernel.scratch(channels, unit.in.width, context_.scratch.ring.slots));
  const std::int64_t padded = context_.layout.units[u].mid.padded;
  const std::int64_t y_plane = PlaneShape::odd_plane(std::int64_t{kBandRows} * unit.mid.width);
  T* y = edited ? context_.scratch.rows.ensure(padded * y_plane * context_.kernels.lanes) : nullptr;
  for_bands(
      unit,
      [&](int first, int last) {
        if (from_planes) {
          context_.kernels.fill(context_.scratch.ring, planes_.data(), first, last);
          return;
        }
        const int begin = std::max(first, 0), end = std::min(last, unit.in.height);
        context_.kernels.fill(context_.scratch.ring, nullptr, first, begin);
        activate(state, u - 1, b, begin, end, &context_.scratch.ring, nullptr);
        context_.kernels.fill(context_.scratch.ring, nullptr, end, last);
      },
      [&](int first, int last) {
        band.first = first;
        band.last = last;
        const KeepRows<T, S> keep = keep_rows(state, u, b, first);
        if (!edited) {
          kernel.keep(band, keep);
          return;
        }
        // The probe's own edits of this unit join before the outputs become changes.
        kernel.plain(band, y, y_plane);
        edits_.add(*state.probe, u, b, first, last, nullptr, y, y_plane);
        store(unit.mid.channels, keep, (last - first) * unit.mid.width, y, y_plane);
      });
}

template <class T, class S>
void WaveUnit<T, S>::linear(ProbeState<T, S>& state, int u, std::int64_t b) {
  const DeltaUnit& unit = context_.plan.units[u];
  gather_planes(state, u, b);
  const bool last = context_.last(u);
  const std::int64_t padded = context_.layout.units[u].mid.padded;
  T* y = last ? state.logits.data() + b * padded * context_.kernels.lanes
              : context_.scratch.rows.ensure(padded * context_.kernels.lanes);
  context_.kernels.linear(planes_.data(),
                          static_cast<int>(planes_.size()),
                          unit.in.pixels(),
                          state.whole(u) ? context_.weights->direct(u) : state.gathered.data(),
                          static_cast<int>(padded),
                          y,
                          1);
  edits_.add(*state.probe, u, b, 0, 1, planes_.data(), y, 1);
  if (!last) store(unit.mid.channels, keep_rows(state, u, b, 0), 1, y, 1);
}

/// Where the changes of unit `u` from row `first` of block `b` belong, and their moments.
template <class T, class S>
KeepRows<T, S> WaveUnit<T, S>::keep_rows(ProbeState<T, S>& state,
                                         int u,
                                         std::int64_t b,
                                         int first) {
  const UnitLayout& unit = context_.layout.units[u];
  const int lanes = context_.kernels.lanes;
  const std::int64_t from = (b * unit.mid.block() + std::int64_t{first} * unit.mid.width) * lanes;
  KeepRows<T, S> keep;
  if (!twice_.takes(state, u)) keep.dy = state.changes[unit.change_slot].data() + from;
  keep.centred = context_.base->unit(u).centred + from;
  keep.plane = unit.mid.plane;
  if (!context_.moments_wanted(u)) return keep;
  const bool partly_filled = context_.base->valid(b) < lanes;
  if (partly_filled && first == 0) {
    context_.tail_sums.assign(state.sums.size(), 0.0);
    context_.tail_squares.assign(state.sums.size(), 0.0);
  }
  keep.partial = context_.scratch.partial.ensure(2 * std::int64_t{unit.mid.padded} * lanes);
  keep.sums = partly_filled ? context_.tail_sums.data() : state.sums.data();
  keep.squares = partly_filled ? context_.tail_squares.data() : state.squares.data();
  return keep;
}

/// Stores `count` outputs a channel as changes.
template <class T, class S>
void WaveUnit<T, S>::store(
    int channels, const KeepRows<T, S>& rows, int count, const T* y, std::int64_t y_plane) {
  context_.kernels.finish(
      y, y_plane, rows.centred, rows.dy, rows.plane, channels, count, rows.sums, rows.squares);
}

template class WaveUnit<float, float>;
template class WaveUnit<float, Bf16>;
template class WaveUnit<double, double>;

}  // namespace zo
