#include "src/delta/cpu/wave_twice.h"

#include <array>
#include <cstddef>

namespace zo {
namespace {

constexpr int kMostChannels = 2;  // with more, computing takes longer than memory

}  // namespace

template <class T, class S>
bool WaveTwice<T, S>::takes(const ProbeState<T, S>& state, int u) const {
  const DeltaUnit& unit = context_.plan.units[u];
  const PlacedProbe& probe = *state.probe;
  return u == probe.entry + 1 && unit.map == DeltaUnit::Map::Conv && unit.averaged() &&
         unit.skip < probe.entry && probe.changes <= kMostChannels && !state.kept &&
         !edits_.any(probe, u);
}

/// The whole convolution of block `b` as one band, its input in a ring that holds all rows.
template <class T, class S>
ConvBand<T> WaveTwice<T, S>::band(const ProbeState<T, S>& state, int u, std::int64_t b) {
  const DeltaUnit& unit = context_.plan.units[u];
  const int channels = state.probe->changes, lanes = context_.kernels.lanes;
  if (ring_unit_ != &unit || scratch_.ring.channels != channels) {
    scratch_.shape_ring(unit, channels, lanes, unit.in.height + 2);
    ring_unit_ = &unit;
  }
  const std::int64_t plane = context_.layout.units[u - 1].out.plane * lanes;
  std::array<const T*, kMostChannels> planes{};
  for (int j = 0; j < channels; ++j) {
    planes[j] = state.entry_output.data() + (j * context_.base->blocks() + b) * plane;
  }
  context_.kernels.fill(scratch_.ring, planes.data(), -1, unit.in.height + 1);
  ConvBand<T> band = context_.weights->band(u, Product::Direct, scratch_.ring);
  band.weights = state.gathered.data();
  band.last = unit.mid.height;
  return band;
}

template <class T, class S>
void WaveTwice<T, S>::moments(const ProbeState<T, S>& state,
                              int u,
                              std::int64_t b,
                              const KeepRows<T, S>& keep) {
  context_.kernels.conv(Product::Direct).keep(band(state, u, b), keep);
}

template <class T, class S>
T* WaveTwice<T, S>::pool(const ProbeState<T, S>& state, int u, std::int64_t b) {
  const PlaneShape& shape = context_.layout.units[u].mid;
  const std::int64_t lanes = context_.kernels.lanes;
  PoolRows<T> rows = context_.pool_rows(u, b * shape.block() * lanes);
  rows.steps = state.steps.data();
  rows.sums = scratch_.rows.zeros(shape.padded * lanes);
  context_.kernels.conv_pool(band(state, u, b), rows);
  return rows.sums;
}

template class WaveTwice<float, float>;
template class WaveTwice<float, Bf16>;
template class WaveTwice<double, double>;

}  // namespace zo
