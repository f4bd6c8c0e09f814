#include "src/delta/cpu/layout.h"

#include <cstddef>

namespace zo {
namespace {

/// A unit of the same shape may overwrite the change it reads: it reads each row before it writes
/// it.
void assign_change_slots(std::vector<UnitLayout>& units) {
  for (std::size_t u = 1; u < units.size(); ++u) {
    const int before = units[u - 1].change_slot;
    units[u].change_slot = units[u].mid == units[u - 1].mid ? before : 1 - before;
  }
}

/// Outputs that a later unit adds live in as few buffers as possible. The output of unit v is
/// written while unit v + 1 is computed and read last while unit last_reader + 1 is.
int assign_shortcut_slots(const DeltaPlan& plan, std::vector<UnitLayout>& units) {
  std::vector<int> free_after;  // of each slot
  for (int v = 0; v < static_cast<int>(units.size()); ++v) {
    const DeltaUnit& unit = plan.units[v];
    int& taken = units[v].shortcut_slot;
    if (unit.last_reader < 0) continue;
    for (std::size_t slot = 0; slot < free_after.size() && taken < 0; ++slot) {
      // Where this unit is the last reader and of the same shape, an element is read before the one
      // at its own place is written.
      const bool in_place = free_after[slot] == v + 1 && unit.out == plan.units[unit.skip].out;
      if (free_after[slot] < v + 1 || in_place) taken = static_cast<int>(slot);
    }
    if (taken < 0) {
      taken = static_cast<int>(free_after.size());
      free_after.push_back(0);
    }
    free_after[taken] = unit.last_reader + 1;
  }
  return static_cast<int>(free_after.size());
}

}  // namespace

CpuLayout::CpuLayout(const DeltaPlan& plan) {
  for (const DeltaUnit& unit : plan.units) {
    units.push_back({plane_shape(unit.in), plane_shape(unit.mid), plane_shape(unit.out)});
  }
  assign_change_slots(units);
  shortcut_slots = assign_shortcut_slots(plan, units);
}

}  // namespace zo
