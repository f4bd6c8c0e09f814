#pragma once
#include <vector>

#include "src/delta/cpu/kernels/delta_kernels.h"
#include "src/kernels/delta_norm.h"

namespace zo {

/// What one unit computed; all planes as PlaneShape says, block after block. Null where not kept.
template <class T>
struct UnitBase {
  T* centred = nullptr;               // pre-activation minus a shift near its mean, shape mid
  T* z = nullptr;                     // what the ReLU reads, where it holds a shortcut; shape mid
  T* before = nullptr;                // activation in front of the pooling; shape mid
  T* output = nullptr;                // shape out
  std::vector<T> center;              // a channel: what is still to be subtracted from `centred`
  std::vector<BaseNorm> norms;        // a channel
  std::vector<ChannelStep<T>> steps;  // gain and shift of every channel; the rest is zero
};

}  // namespace zo
