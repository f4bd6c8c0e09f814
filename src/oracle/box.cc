#include "src/oracle/box.h"

#include <algorithm>
#include <cmath>

namespace zo {

void Box::project(std::span<double> x) const {
  for (std::size_t i = 0; i < low.size(); ++i) {
    if (!std::isnan(x[i])) x[i] = std::clamp(x[i], low[i], high[i]);
  }
}

double Box::reached(std::int64_t index, double x, double delta) const {
  if (empty()) return x + delta;
  const double above = high[index] - x, below = x - low[index], size = std::abs(delta);
  if (size <= above && size <= below) return x + delta;
  const double side = above >= below ? 1.0 : -1.0, room = std::max(above, below);
  const double unit = std::min(size, 0.5 * room);
  const double point = x + side * (delta * side > 0.0 ? 2.0 * unit : unit);
  return std::clamp(point, low[index], high[index]);
}

}  // namespace zo
