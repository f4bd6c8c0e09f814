#pragma once
#include <vector>

#include "src/delta/cpu/kernels/delta_kernels.h"
#include "src/delta/plan.h"

namespace zo {

/// How the kernels lay out activations of `shape`.
inline PlaneShape plane_shape(const Shape& shape) {
  return {shape.channels, shape.height, shape.width};
}

/// Where the CPU engine puts what one unit computes.
struct UnitLayout {
  PlaneShape in, mid, out;  // of the shapes of the plan
  int change_slot = 0;      // which of two buffers takes the change of the pre-activation
  int shortcut_slot = -1;  // buffer for the change of the output where a later unit adds it, or −1
};

/// The same for all units of a plan.
struct CpuLayout {
  explicit CpuLayout(const DeltaPlan& plan);

  std::vector<UnitLayout> units;
  int shortcut_slots = 0;
};

}  // namespace zo
