#pragma once
#include <algorithm>
#include <cstdint>

#include "src/delta/cpu/aligned_buffer.h"
#include "src/delta/cpu/kernels/delta_kernels.h"
#include "src/delta/plan.h"

namespace zo {

constexpr int kBandRows = 4;  // output rows computed at once: a row of Winograd tiles

/// Memory of one thread for one convolution: the ring of input rows and a band of outputs.
template <class T>
struct ConvScratch {
  RowRing<T> ring;
  AlignedBuffer<T> ring_data, rows, products, partial;

  /// A ring for `channels` input channels of `unit`, all zero, of the rows that a band needs.
  void shape_ring(const DeltaUnit& unit, int channels, int lanes) {
    shape_ring(unit, channels, lanes, unit.stride * (kBandRows - 1) + 3);
  }
  void shape_ring(const DeltaUnit& unit, int channels, int lanes, int slots) {
    ring.channels = channels;
    ring.width = unit.in.width;
    ring.height = unit.in.height;
    ring.slots = slots;
    ring.plane = PlaneShape::odd_plane(std::int64_t{ring.slots} * (ring.width + 2));
    ring.data = ring_data.zeros(channels * ring.plane * lanes);
  }
};

/// Calls `feed(first, last)` for the input rows and `compute(first, last)` for the output rows of a
/// convolution, band by band, so that the ring always holds what a band needs.
template <class Feed, class Compute>
void for_bands(const DeltaUnit& unit, Feed&& feed, Compute&& compute) {
  int fed = -1;
  for (int first = 0; first < unit.mid.height; first += kBandRows) {
    const int last = std::min(first + kBandRows, unit.mid.height);
    const int needed = unit.stride * (last - 1) + 2;
    feed(fed, needed);
    fed = needed;
    compute(first, last);
  }
}

}  // namespace zo
