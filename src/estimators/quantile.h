#pragma once
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

namespace zo {

/// The value below which `share` in [0, 1] of them lie, the upper of two middle ones; `values` is
/// not empty.
inline double quantile_of(std::vector<double> values, double share) {
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size()));
  const auto place = values.begin() + std::min(at, std::ssize(values) - 1);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

}  // namespace zo
