#pragma once
#include <cstdint>
#include <vector>

#include "src/delta/cpu/aligned_buffer.h"
#include "src/delta/cpu/layout.h"
#include "src/delta/cpu/unit_base.h"

namespace zo {

/// The memory of a forward pass. Kept for probes, every unit has its own; for the loss alone a unit
/// works in place, and buffers go to the next unit as soon as their last reader is done.
template <class T>
class BaseRoom {
 public:
  BaseRoom(const DeltaPlan& plan, const CpuLayout& layout) : plan_(plan), layout_(layout) {}

  /// Points what `units` keep to planes of `vectors` values each.
  void share_out_all(std::vector<UnitBase<T>>& units, std::int64_t vectors);
  void share_out_in_turn(std::vector<UnitBase<T>>& units, std::int64_t vectors);

 private:
  T* room(std::size_t buffer, const PlaneShape& shape, std::int64_t vectors);

  const DeltaPlan& plan_;
  const CpuLayout& layout_;
  std::vector<AlignedBuffer<T>> buffers_;
};

}  // namespace zo
