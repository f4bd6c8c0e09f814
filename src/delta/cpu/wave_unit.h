#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "src/delta/cpu/wave_context.h"
#include "src/delta/cpu/wave_edits.h"
#include "src/delta/cpu/wave_twice.h"

namespace zo {

/// The units behind the entry, one after the other, a block of pictures at a time: the activation
/// of the unit before, band by band, flows straight into the linear map of this one. WaveContext
/// says when its functions are called.
template <class T, class S>
class WaveUnit {
 public:
  WaveUnit(WaveContext<T, S>& context, const WaveEdits<T, S>& edits)
      : context_(context), edits_(edits), twice_(context, edits) {}

  /// Makes room for the changes of unit `u`.
  void begin(ProbeState<T, S>& state, int u);
  /// Block `b` of the changes of the pre-activation of unit `u`, and their moments.
  void advance(ProbeState<T, S>& state, int u, std::int64_t b);
  /// How the channels of unit `u` are activated, once all blocks are there.
  void finish(ProbeState<T, S>& state, int u);

 private:
  std::pair<double, double> moments(const ProbeState<T, S>& state, int channel) const;
  bool loses_digits(const ProbeState<T, S>& state, int u) const;
  void keep(ProbeState<T, S>& state, int u);
  void point_skips(const ProbeState<T, S>& state, int v, std::int64_t b);
  void activate(ProbeState<T, S>& state,
                int v,
                std::int64_t b,
                int first,
                int last,
                const RowRing<T>* ring,
                T* wide);
  void gather_planes(ProbeState<T, S>& state, int u, std::int64_t b);
  void conv(ProbeState<T, S>& state, int u, std::int64_t b);
  void linear(ProbeState<T, S>& state, int u, std::int64_t b);
  KeepRows<T, S> keep_rows(ProbeState<T, S>& state, int u, std::int64_t b, int first);
  void store(int channels, const KeepRows<T, S>& rows, int count, const T* y, std::int64_t y_plane);

  WaveContext<T, S>& context_;
  const WaveEdits<T, S>& edits_;
  WaveTwice<T, S> twice_;
  const DeltaUnit* ring_unit_ = nullptr;  // what the ring is shaped for
  AlignedBuffer<T> pooled_;
  std::vector<const T*> planes_;
  std::vector<const S*> skips_;
};

}  // namespace zo
