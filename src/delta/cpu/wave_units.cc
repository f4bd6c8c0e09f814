#include <algorithm>

#include "src/delta/cpu/wave.h"

namespace zo {

template <class T, class S>
void DeltaWave<T, S>::begin_unit(State& state, int u) {
  const DeltaUnit& unit = plan_.units[u];
  const std::int64_t lanes = kernels_.lanes;
  state.sums.assign(unit.mid.padded * lanes, 0.0);
  state.squares.assign(unit.mid.padded * lanes, 0.0);
  const std::int64_t size = base_->blocks() * unit.mid.block() * lanes;
  if (u + 1 == static_cast<int>(plan_.units.size())) {
    state.logits.ensure(size);
  } else {
    state.changes[unit.change_slot].ensure(size);
  }
  const DeltaUnit& before = plan_.units[u - 1];
  if (before.kept_slot >= 0 && whole(state, u)) {
    state.kept[before.kept_slot].ensure(base_->blocks() * before.out.block() * lanes);
  }
}

template <class T, class S>
void DeltaWave<T, S>::advance(State& state, int u, std::int64_t b) {
  if (whole(state, u)) point_skips(state, u - 1, b);
  if (plan_.units[u].map == DeltaUnit::Map::Conv) {
    conv(state, u, b);
  } else {
    linear(state, u, b);
  }
  const int valid = base_->valid(b);
  if (valid == kernels_.lanes || !sums_wanted(u)) return;
  for (std::size_t i = 0; i < tail_sums_.size(); ++i) {
    if (static_cast<int>(i) % kernels_.lanes < valid) {
      state.sums[i] += tail_sums_[i];
      state.squares[i] += tail_squares_[i];
    }
  }
}

template <class T, class S>
void DeltaWave<T, S>::finish_unit(State& state, int u) {
  const int channels = plan_.units[u].mid.channels, lanes = kernels_.lanes;
  if (u + 1 == static_cast<int>(plan_.units.size())) return;
  state.steps.resize(channels);
  for (int c = 0; c < channels; ++c) {
    double sum = 0.0, square = 0.0;
    for (int lane = 0; lane < lanes; ++lane) {
      sum += state.sums[c * lanes + lane];
      square += state.squares[c * lanes + lane];
    }
    const PlaneShape& shape = plan_.units[u].mid;
    S* planes = state.changes[plan_.units[u].change_slot].data() + c * shape.plane * lanes;
    state.steps[c] = step(state, u, c, sum, square, planes, shape.block() * lanes);
  }
}

/// Changed planes of the shortcut that unit `v` adds, a channel of v each; null where nothing
/// changed.
template <class T, class S>
void DeltaWave<T, S>::point_skips(const State& state, int v, std::int64_t b) {
  const DeltaUnit& unit = plan_.units[v];
  skips_.assign(unit.mid.channels, nullptr);
  if (unit.skip < state.probe->entry) return;
  const DeltaUnit& source = plan_.units[unit.skip];
  const std::int64_t lanes = kernels_.lanes, plane = source.out.plane * lanes;
  if (unit.skip == state.probe->entry) {
    for (int j = 0; j < state.changed; ++j) {
      skips_[unit.skip_before + state.channels[j]] =
          state.entry_kept.data() + (j * base_->blocks() + b) * plane;
    }
    return;
  }
  const S* planes = state.kept[source.kept_slot].data() + b * source.out.block() * lanes;
  for (int c = 0; c < source.out.channels; ++c) {
    skips_[unit.skip_before + c] = planes + c * plane;
  }
}

/// Rows [first, last) of the changed output of unit `v`, in front of its pooling.
template <class T, class S>
void DeltaWave<T, S>::activate(
    State& state, int v, std::int64_t b, int first, int last, const RowRing<T>* ring, T* wide) {
  const DeltaUnit& unit = plan_.units[v];
  const UnitBase<T>& base = base_->unit(v);
  const std::int64_t from = b * unit.mid.block() * kernels_.lanes;
  ActivateRows<T, S> rows;
  rows.dy = state.changes[unit.change_slot].data() + from;
  rows.centred = base.centred + from;
  rows.z = unit.skip >= 0 ? base.z + from : nullptr;
  rows.plane = unit.mid.plane;
  rows.steps = state.steps.data();
  if (unit.skip >= state.probe->entry) {
    rows.skip = skips_.data();
    rows.skip_stride = unit.skip_stride;
    rows.skip_width = plan_.units[unit.skip].out.width;
  }
  rows.channels = unit.mid.channels;
  rows.width = unit.mid.width;
  rows.first = first;
  rows.last = last;
  rows.relu = unit.relu;
  rows.ring = ring;
  rows.wide = wide;
  if (unit.kept_slot >= 0 && !unit.pooled()) {
    rows.dense = state.kept[unit.kept_slot].data() + from;
  }
  kernels_.activate(rows);
}

/// Points `planes_` at the changed input channels of unit `u` where they are at hand as planes:
/// behind the unit of entry, behind a pooling, and for linear layers.
template <class T, class S>
void DeltaWave<T, S>::gather_planes(State& state, int u, std::int64_t b) {
  const DeltaUnit& source = plan_.units[u - 1];
  const std::int64_t lanes = kernels_.lanes, plane = source.out.plane * lanes;
  planes_.clear();
  if (!whole(state, u)) {
    for (int j = 0; j < state.changed; ++j) {
      planes_.push_back(state.entry_output.data() + (j * base_->blocks() + b) * plane);
    }
    return;
  }
  T* change = wide_.ensure(source.mid.block() * lanes);
  activate(state, u - 1, b, 0, source.mid.height, nullptr, change);
  if (!source.pooled()) {
    for (int c = 0; c < source.out.channels; ++c) planes_.push_back(change + c * plane);
    return;
  }
  T* out = pooled_.ensure(source.out.block() * lanes);
  for (int c = 0; c < source.out.channels; ++c) {
    const std::int64_t from = c * source.mid.plane * lanes;
    const T* before = source.max_pool
                          ? base_->unit(u - 1).before + b * source.mid.block() * lanes + from
                          : nullptr;
    pool_change(source, before, change + from, out + c * plane);
    planes_.push_back(out + c * plane);
  }
  if (source.kept_slot < 0) return;
  S* kept = state.kept[source.kept_slot].data() + b * source.out.block() * lanes;
  kernels_.finish(out,
                  source.out.plane,
                  nullptr,
                  kept,
                  source.out.plane,
                  source.out.channels,
                  source.out.pixels(),
                  nullptr,
                  nullptr);
}

template <class T, class S>
void DeltaWave<T, S>::conv(State& state, int u, std::int64_t b) {
  const DeltaUnit& unit = plan_.units[u];
  const bool all = whole(state, u);
  const bool from_planes = !all || plan_.units[u - 1].pooled();
  const int channels = all ? unit.in.channels : state.changed;
  if (ring_unit_ != &unit || scratch_.ring.channels != channels) {
    scratch_.shape_ring(unit, channels, kernels_.lanes);
    ring_unit_ = &unit;
  }
  if (from_planes) gather_planes(state, u, b);
  const Product product = all ? whole_product(unit, kernels_) : Product::Direct;
  const ConvKernel<T, S>& kernel = kernels_.conv(product);
  const bool edited = has_edits(state, u);
  ConvBand<T> band = weights_->band(u, product, scratch_.ring);
  if (!all) band.weights = state.gathered.data();
  band.scratch =
      scratch_.products.ensure(kernel.scratch(channels, unit.in.width, scratch_.ring.slots));
  const std::int64_t y_plane = PlaneShape::odd_plane(std::int64_t{kBandRows} * unit.mid.width);
  T* y = edited ? scratch_.rows.ensure(unit.mid.padded * y_plane * kernels_.lanes) : nullptr;
  for_bands(
      unit,
      [&](int first, int last) {
        if (from_planes) {
          kernels_.fill(scratch_.ring, planes_.data(), first, last);
          return;
        }
        const int begin = std::max(first, 0), end = std::min(last, unit.in.height);
        kernels_.fill(scratch_.ring, nullptr, first, begin);
        activate(state, u - 1, b, begin, end, &scratch_.ring, nullptr);
        kernels_.fill(scratch_.ring, nullptr, end, last);
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
        add_edits(state, u, b, first, last, y, y_plane);
        finish(unit, keep, (last - first) * unit.mid.width, y, y_plane);
      });
}

template <class T, class S>
void DeltaWave<T, S>::linear(State& state, int u, std::int64_t b) {
  const DeltaUnit& unit = plan_.units[u];
  gather_planes(state, u, b);
  const bool last = u + 1 == static_cast<int>(plan_.units.size());
  T* y = last ? state.logits.data() + b * unit.mid.padded * kernels_.lanes
              : scratch_.rows.ensure(unit.mid.padded * kernels_.lanes);
  kernels_.linear(planes_.data(),
                  static_cast<int>(planes_.size()),
                  unit.in.pixels(),
                  whole(state, u) ? weights_->direct(u) : state.gathered.data(),
                  unit.mid.padded,
                  y,
                  1);
  add_edits(state, u, b, 0, 1, y, 1);
  if (!last) finish(unit, keep_rows(state, u, b, 0), 1, y, 1);
}

/// Where the changes of unit `u` from row `first` of block `b` belong, and their moments.
template <class T, class S>
KeepRows<T, S> DeltaWave<T, S>::keep_rows(State& state, int u, std::int64_t b, int first) {
  const DeltaUnit& unit = plan_.units[u];
  const int lanes = kernels_.lanes;
  const std::int64_t from = (b * unit.mid.block() + std::int64_t{first} * unit.mid.width) * lanes;
  KeepRows<T, S> keep;
  keep.dy = state.changes[unit.change_slot].data() + from;
  keep.centred = base_->unit(u).centred + from;
  keep.plane = unit.mid.plane;
  if (!sums_wanted(u)) return keep;
  const bool partly_filled = base_->valid(b) < lanes;
  if (partly_filled && first == 0) {
    tail_sums_.assign(state.sums.size(), 0.0);
    tail_squares_.assign(state.sums.size(), 0.0);
  }
  keep.partial = scratch_.partial.ensure(2 * std::int64_t{unit.mid.padded} * lanes);
  keep.sums = partly_filled ? tail_sums_.data() : state.sums.data();
  keep.squares = partly_filled ? tail_squares_.data() : state.squares.data();
  return keep;
}

/// Stores `count` outputs a channel as changes.
template <class T, class S>
void DeltaWave<T, S>::finish(const DeltaUnit& unit,
                             const KeepRows<T, S>& keep,
                             int count,
                             const T* y,
                             std::int64_t y_plane) {
  kernels_.finish(y,
                  y_plane,
                  keep.centred,
                  keep.dy,
                  keep.plane,
                  unit.mid.channels,
                  count,
                  keep.sums,
                  keep.squares);
}

template class DeltaWave<float, float>;
template class DeltaWave<float, Bf16>;
template class DeltaWave<double, double>;

}  // namespace zo
