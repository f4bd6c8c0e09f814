#include "src/delta/cost.h"

#include <cstddef>

namespace zo {

ProbeCost::ProbeCost(const DeltaPlan& plan)
    : plan_(plan), from_(plan.units.size() + 1, 0), values_from_(from_) {
  for (std::size_t u = plan.units.size(); u-- > 0;) {
    const DeltaUnit& unit = plan.units[u];
    from_[u] = from_[u + 1] + unit.multiply_adds(unit.in.channels);
    values_from_[u] = values_from_[u + 1] + std::int64_t{unit.mid.channels} * unit.mid.pixels();
  }
}

std::int64_t ProbeCost::multiply_adds(const SparseProbe& probe) const {
  return multiply_adds(place_probe(plan_, probe, [](const Edit& edit) { return edit.delta; }));
}

std::int64_t ProbeCost::multiply_adds(const PlacedProbe& placed) const {
  std::int64_t total = 0;
  for (const PlacedEdit& edit : placed.all()) {
    if (edit.kind == PlacedEdit::Kind::Weight) total += plan_.units[edit.unit].mid.pixels();
  }
  const std::size_t next = static_cast<std::size_t>(placed.entry) + 1;
  if (next == plan_.units.size()) return total;
  return total + plan_.units[next].multiply_adds(placed.changes) + from_[next + 1];
}

std::int64_t ProbeCost::values(const SparseProbe& probe) const {
  const PlacedProbe placed = place_probe(plan_, probe, [](const Edit& edit) { return edit.delta; });
  const std::size_t entry = placed.entry;
  // The last unit keeps all its channels.
  if (entry + 1 == plan_.units.size()) return values_from_[entry];
  return std::int64_t{placed.changes} * plan_.units[entry].mid.pixels() + values_from_[entry + 1];
}

double ProbeCost::effort(const SparseProbe& probe) const {
  const PlacedProbe placed = place_probe(plan_, probe, [](const Edit& edit) { return edit.delta; });
  const std::size_t entry = placed.entry, next = entry + 1;
  double products = static_cast<double>(multiply_adds(placed));
  double values = static_cast<double>(values_from_[next]);
  const double first =
      static_cast<double>(std::int64_t{placed.changes} * plan_.units[entry].mid.pixels());
  values += plan_.units[entry].averaged() ? kAveraged * first : first;
  if (next < plan_.units.size() && plan_.units[next].averaged()) {
    products += static_cast<double>(plan_.units[next].multiply_adds(placed.changes));
    values -= (1.0 - kAveraged) * static_cast<double>(values_from_[next] - values_from_[next + 1]);
  }
  const auto time = [](double products_in, double values_in) {
    return products_in + kValue * values_in;
  };
  return time(products, values) /
         time(static_cast<double>(forward()), static_cast<double>(values_from_.front()));
}

}  // namespace zo
