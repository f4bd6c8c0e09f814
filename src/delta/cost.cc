#include "src/delta/cost.h"

#include <algorithm>
#include <set>
#include <vector>

namespace zo {

std::int64_t probe_multiply_adds(const DeltaPlan& plan, const SparseProbe& probe) {
  std::vector<PlacedEdit> edits;
  for (const Edit& edit : probe.edits()) edits.push_back(plan.place(edit));
  const int entry = std::min_element(edits.begin(), edits.end(), [](const auto& a, const auto& b) {
                      return a.unit < b.unit;
                    })->unit;
  std::set<int> changed;
  std::int64_t total = 0;
  for (const PlacedEdit& edit : edits) {
    if (edit.unit == entry) changed.insert(edit.out);
    if (edit.kind == PlacedEdit::Kind::Weight) total += plan.units[edit.unit].mid.pixels();
  }
  for (int u = entry + 1; u < static_cast<int>(plan.units.size()); ++u) {
    const DeltaUnit& unit = plan.units[u];
    total +=
        unit.multiply_adds(u == entry + 1 ? static_cast<int>(changed.size()) : unit.in.channels);
  }
  return total;
}

std::int64_t probe_multiply_adds(const Network& network, const SparseProbe& probe) {
  return probe_multiply_adds(make_delta_plan(network), probe);
}

double mean_probe_multiply_adds(const DeltaPlan& plan) {
  double total = 0.0;
  for (const Segment& segment : plan.layout.segments) {
    // All entries of a segment cost the same.
    const Edit edit{segment.offset, 1.0};
    total += static_cast<double>(segment.size) *
             static_cast<double>(probe_multiply_adds(plan, SparseProbe({&edit, 1})));
  }
  return total / static_cast<double>(plan.layout.dimension());
}

}  // namespace zo
