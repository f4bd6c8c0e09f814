#include "src/methods/directional.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "src/estimators/directions.h"

namespace zo {

const Names<BaseQuery>& base_query_names() {
  static const Names<BaseQuery> names = {
      {BaseQuery::Auto, "auto"}, {BaseQuery::On, "on"}, {BaseQuery::Off, "off"}};
  return names;
}

bool asks_base(BaseQuery choice, const Layout& layout) {
  if (choice != BaseQuery::Auto) return choice == BaseQuery::On;
  return std::any_of(layout.segments.begin(), layout.segments.end(), [](const Segment& segment) {
    return segment.role == Role::NormScale;
  });
}

double finite_mean(std::span<const double> values) {
  double sum = 0.0;
  std::int64_t count = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    sum += value;
    ++count;
  }
  return count > 0 ? sum / static_cast<double>(count) : std::numeric_limits<double>::quiet_NaN();
}

bool move_along(LossOracle& oracle,
                std::vector<DenseProbe> directions,
                double shrink,
                Decay decay) {
  if (!bounded(directions)) return false;
  Update update;
  update.directions = std::move(directions);
  if (shrink > 0.0) {
    update.dense = oracle.theta();
    for (const Segment& segment : oracle.layout().segments) {
      const bool weight = segment.role == Role::Convolution || segment.role == Role::Linear ||
                          segment.role == Role::Plain;
      const double factor = decay == Decay::All || weight ? -shrink : 0.0;
      for (std::int64_t i = 0; i < segment.size; ++i) update.dense[segment.offset + i] *= factor;
    }
  }
  oracle.move(update);
  return true;
}

}  // namespace zo
