#include "src/delta/placed_probe.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>
#include <variant>

namespace zo {
namespace {

bool before(const PlacedProbe& a, const PlacedProbe& b) {
  if (a.entry != b.entry) return a.entry < b.entry;
  // The bits of a step: as a number, a NaN would have no place in an order.
  const auto key = [](const PlacedEdit& e) {
    return std::tuple(e.unit, e.kind, e.out, e.in, e.tap, std::bit_cast<std::uint64_t>(e.delta));
  };
  const auto x = a.all(), y = b.all();
  return std::lexicographical_compare(
      x.begin(), x.end(), y.begin(), y.end(), [&](const PlacedEdit& p, const PlacedEdit& q) {
        return key(p) < key(q);
      });
}

}  // namespace

int PlacedProbe::change_of(int channel) const {
  const auto at = std::find(channels().begin(), channels().end(), channel);
  return at == channels().end() ? -1 : static_cast<int>(at - channels().begin());
}

PlacedProbe place_probe(const DeltaPlan& plan, const SparseProbe& probe, const StepFunction& step) {
  PlacedProbe placed;
  placed.entry = static_cast<int>(plan.units.size());
  for (const Edit& edit : probe.edits()) {
    const PlacedEdit at = plan.place({edit.index, step(edit)});
    placed.entry = std::min(placed.entry, at.unit);
    placed.edits[placed.count++] = at;
  }
  for (const PlacedEdit& edit : placed.all()) {
    if (edit.unit == placed.entry && placed.change_of(edit.out) < 0) {
      placed.changed[placed.changes++] = edit.out;
    }
  }
  return placed;
}

PlacedList place_probes(const DeltaPlan& plan,
                        std::span<const Probe> probes,
                        const StepFunction& step,
                        const std::function<int(int entry)>& capacity) {
  PlacedList list;
  std::vector<PlacedProbe> given;
  for (std::size_t i = 0; i < probes.size(); ++i) {
    if (const auto* sparse = std::get_if<SparseProbe>(&probes[i])) {
      given.push_back(place_probe(plan, *sparse, step));
      given.back().index = i;
    } else {
      list.dense.push_back(i);
    }
  }
  std::vector<std::size_t> order(given.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return before(given[a], given[b]);
  });
  list.sparse.reserve(given.size());
  for (const std::size_t i : order) list.sparse.push_back(given[i]);
  for (std::size_t first = 0; first < list.sparse.size();) {
    const int entry = list.sparse[first].entry;
    Wave wave{.probes = {}, .capacity = capacity(entry), .place = list.places};
    std::size_t last = first;
    while (last < list.sparse.size() && list.sparse[last].entry == entry &&
           last - first < static_cast<std::size_t>(wave.capacity)) {
      ++last;
    }
    wave.probes = {list.sparse.data() + first, last - first};
    list.waves.push_back(wave);
    list.places += wave.capacity;
    first = last;
  }
  return list;
}

}  // namespace zo
