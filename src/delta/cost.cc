#include "src/delta/cost.h"

#include <cstddef>

#include "src/delta/placed_probe.h"

namespace zo {

ProbeCost::ProbeCost(const DeltaPlan& plan) : plan_(plan), from_(plan.units.size() + 1, 0) {
  for (std::size_t u = plan.units.size(); u-- > 0;) {
    from_[u] = from_[u + 1] + plan.units[u].multiply_adds(plan.units[u].in.channels);
  }
}

std::int64_t ProbeCost::multiply_adds(const SparseProbe& probe) const {
  const PlacedProbe placed = place_probe(plan_, probe, [](const Edit& edit) { return edit.delta; });
  std::int64_t total = 0;
  for (const PlacedEdit& edit : placed.all()) {
    if (edit.kind == PlacedEdit::Kind::Weight) total += plan_.units[edit.unit].mid.pixels();
  }
  const std::size_t next = static_cast<std::size_t>(placed.entry) + 1;
  if (next == plan_.units.size()) return total;
  return total + plan_.units[next].multiply_adds(placed.changes) + from_[next + 1];
}

}  // namespace zo
