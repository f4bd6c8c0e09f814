#include "src/estimators/forward_estimate.h"

#include <cmath>
#include <utility>

namespace zo {

ForwardEstimate forward_estimate(LossOracle& oracle,
                                 std::vector<DenseProbe> directions,
                                 double eps) {
  std::vector<Probe> probes;
  probes.reserve(directions.size());
  for (DenseProbe probe : directions) {
    probe.scale *= eps;
    probes.emplace_back(std::move(probe));
  }
  const double base = oracle.base();
  const std::vector<double> losses = oracle.evaluate(probes);
  ForwardEstimate result;
  for (std::size_t r = 0; r < losses.size(); ++r) {
    const double slope = (losses[r] - base) / eps;
    if (!std::isfinite(slope)) continue;
    result.terms.push_back(std::move(directions[r]));
    result.terms.back().scale *= slope;
  }
  const auto used = static_cast<double>(result.terms.size());
  for (DenseProbe& term : result.terms) term.scale /= used;
  result.dropped = static_cast<std::int64_t>(losses.size() - result.terms.size());
  return result;
}

}  // namespace zo
