#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <variant>
#include <vector>

#include "src/delta/cpu/weights.h"
#include "src/delta/plan.h"
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

/// A list cut into its sparse probes, placed, and the positions of its dense ones.
struct PlacedList {
  std::vector<PlacedProbe> sparse;
  std::vector<std::size_t> dense;
};
template <class T>
PlacedList place_probes(const DeltaPlan& plan,
                        const DeltaWeights<T>& weights,
                        std::span<const Probe> probes) {
  PlacedList list;
  for (std::size_t i = 0; i < probes.size(); ++i) {
    if (const auto* sparse = std::get_if<SparseProbe>(&probes[i])) {
      list.sparse.push_back(place_probe(plan, weights, *sparse, i));
    } else {
      list.dense.push_back(i);
    }
  }
  return list;
}

}  // namespace zo
