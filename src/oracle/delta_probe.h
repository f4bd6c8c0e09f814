#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "src/oracle/delta_plan.h"
#include "src/oracle/delta_weights.h"
#include "src/oracle/probe.h"

namespace zo {

/// A sparse probe whose edits have found their places, with the steps θ really takes.
struct PlacedProbe {
  std::size_t index = 0;  // in the caller's list
  int entry = 0;          // first unit that an edit touches
  int count = 0;
  std::array<PlacedEdit, SparseProbe::kMaxEdits> edits;

  std::span<const PlacedEdit> all() const {
    return {edits.data(), static_cast<std::size_t>(count)};
  }
};

/// Places probe number `index` of a list at the point `weights`.
template <class T>
PlacedProbe place_probe(const DeltaPlan& plan,
                        const DeltaWeights<T>& weights,
                        const SparseProbe& probe,
                        std::size_t index) {
  PlacedProbe placed;
  placed.index = index;
  placed.entry = static_cast<int>(plan.units.size());
  for (const Edit& edit : probe.edits()) {
    const PlacedEdit at = plan.place({edit.index, weights.step(edit.index, edit.delta)});
    placed.entry = std::min(placed.entry, at.unit);
    placed.edits[placed.count++] = at;
  }
  return placed;
}

}  // namespace zo
