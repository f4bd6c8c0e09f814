#pragma once
#include <cstdint>

#include "src/delta/cpu/wave_context.h"
#include "src/delta/cpu/wave_edits.h"

namespace zo {

/// The convolution behind the entry where its outputs are pooled to one number a channel. From a
/// channel or two they take less time to compute than to be written out and read back, so they are
/// computed twice: for their moments, and to be activated and pooled while they are in registers.
template <class T, class S>
class WaveTwice {
 public:
  WaveTwice(const WaveContext<T, S>& context, const WaveEdits<T, S>& edits)
      : context_(context), edits_(edits) {}

  /// Whether unit `u` is computed so.
  bool takes(const ProbeState<T, S>& state, int u) const;
  /// Moments of the changes of block `b`, where `keep` says.
  void moments(const ProbeState<T, S>& state, int u, std::int64_t b, const KeepRows<T, S>& keep);
  /// The changes of the pooled outputs of block `b`, a vector a channel, by state.steps.
  T* pool(const ProbeState<T, S>& state, int u, std::int64_t b);

 private:
  ConvBand<T> band(const ProbeState<T, S>& state, int u, std::int64_t b);

  const WaveContext<T, S>& context_;
  const WaveEdits<T, S>& edits_;
  ConvScratch<T> scratch_;
  const DeltaUnit* ring_unit_ = nullptr;  // what the ring is shaped for
};

}  // namespace zo
