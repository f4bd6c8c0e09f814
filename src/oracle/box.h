#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace zo {

/// Bounds low_i ≤ x_i ≤ high_i, infinite where there are none; both empty: no bounds at all.
struct Box {
  std::vector<double> low, high;

  bool empty() const { return low.empty(); }
  /// The nearest point of the box, entry by entry.
  void project(std::span<double> x) const;
  /// x_i + δ where that lies in the box. Where +|δ| or −|δ| does not, both probe the side that has
  /// more room, the one that points there twice as far: a difference of losses then is one-sided,
  /// and a second one still has three points. On a side too narrow for 2|δ| both are shortened.
  double reached(std::int64_t index, double x, double delta) const;
  /// Whether x_i stands on the bound that δ points at.
  bool blocked(std::int64_t index, double x, double delta) const {
    return !empty() && (delta > 0.0 ? x >= high[index] : x <= low[index]);
  }
};

}  // namespace zo
