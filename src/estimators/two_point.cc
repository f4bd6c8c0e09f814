#include "src/estimators/two_point.h"

#include <cmath>
#include <limits>

namespace zo {

TwoPoint two_point(LossOracle& oracle, std::span<const DenseProbe> directions, double eps) {
  std::vector<Probe> probes;
  probes.reserve(2 * directions.size());
  for (DenseProbe v : directions) {
    v.scale = eps;
    probes.emplace_back(v);
    v.scale = -eps;
    probes.emplace_back(v);
  }
  const std::vector<double> losses = oracle.evaluate(probes);
  TwoPoint result;
  for (std::size_t r = 0; r < directions.size(); ++r) {
    const double plus = losses[2 * r], minus = losses[2 * r + 1];
    const bool finite = std::isfinite(plus) && std::isfinite(minus);
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    result.slope.push_back(finite ? (plus - minus) / (2.0 * eps) : kNan);
    result.mean.push_back(finite ? 0.5 * (plus + minus) : kNan);
    result.dropped += finite ? 0 : 1;
  }
  return result;
}

}  // namespace zo
