#pragma once
#include <cstdint>

#include "src/delta/cpu/wave_context.h"

namespace zo {

/// Adds a probe's own edits of a unit to the change of its pre-activation; BatchNorm's edits act
/// later. WaveContext says when it is called.
template <class T, class S>
class WaveEdits {
 public:
  explicit WaveEdits(const WaveContext<T, S>& context);

  /// Whether an edit of the probe changes the linear map of unit `u` itself.
  bool any(const PlacedProbe& probe, int u) const;
  /// Adds to rows [first, last) of block `b`, channel o at y + o·y_plane vectors. Edits read the
  /// base input and, where it changes, its change: of a convolution in the ring of the context's
  /// scratch, of a linear layer in `planes`, a plane a changed channel.
  void add(const PlacedProbe& probe,
           int u,
           std::int64_t b,
           int first,
           int last,
           const T* const* planes,
           T* y,
           std::int64_t y_plane) const;
  /// The edit of a probe that changes one weight of a convolution and nothing else, else null.
  const PlacedEdit* only_weight(const PlacedProbe& probe) const;
  /// That edit's share of block `b`, for kernels.shift; where it goes is left open.
  ShiftRows<T, S> shift(const PlacedEdit& edit, std::int64_t b) const;
  /// The edits of one channel of the entry, whose input does not change, for all its rows.
  void add_channel(const PlacedProbe& probe, int channel, std::int64_t b, T* y) const;

 private:
  void add_one(const PlacedEdit& edit,
               std::int64_t b,
               int first,
               int last,
               int changed,
               const T* const* planes,
               T* y) const;

  const WaveContext<T, S>& context_;
  AlignedBuffer<T> ones_;
};

}  // namespace zo
