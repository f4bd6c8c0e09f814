#include "src/delta/cost.h"

#include <algorithm>
#include <array>

namespace zo {

ProbeCost::ProbeCost(const DeltaPlan& plan) : plan_(plan), from_(plan.units.size() + 1, 0) {
  for (std::size_t u = plan.units.size(); u-- > 0;) {
    from_[u] = from_[u + 1] + plan.units[u].multiply_adds(plan.units[u].in.channels);
  }
}

std::int64_t ProbeCost::multiply_adds(const SparseProbe& probe) const {
  std::array<PlacedEdit, SparseProbe::kMaxEdits> edits;
  const auto end = std::transform(
      probe.edits().begin(), probe.edits().end(), edits.begin(), [&](const Edit& edit) {
        return plan_.place(edit);
      });
  int entry = edits[0].unit;
  std::int64_t total = 0;
  for (auto edit = edits.begin(); edit != end; ++edit) {
    entry = std::min(entry, edit->unit);
    if (edit->kind == PlacedEdit::Kind::Weight) total += plan_.units[edit->unit].mid.pixels();
  }
  const std::size_t next = static_cast<std::size_t>(entry) + 1;
  if (next == plan_.units.size()) return total;
  int changed = 0;  // different channels that the entry changes
  for (auto edit = edits.begin(); edit != end; ++edit) {
    const auto same = [&](const PlacedEdit& e) { return e.unit == entry && e.out == edit->out; };
    if (edit->unit == entry && std::none_of(edits.begin(), edit, same)) ++changed;
  }
  return total + plan_.units[next].multiply_adds(changed) + from_[next + 1];
}

}  // namespace zo
