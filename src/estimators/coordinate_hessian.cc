#include "src/estimators/coordinate_hessian.h"

#include <cmath>
#include <numeric>
#include <span>

#include "src/base/error.h"
#include "src/estimators/curvature/exact_block.h"

namespace zo {

std::vector<double> coordinate_hessian(LossOracle& oracle, double radius) {
  constexpr std::int64_t kMost = 1000;
  const std::int64_t d = oracle.dimension();
  if (d > kMost) {
    fail_run(
        "coordinate differences of {} coordinates take {} queries; they are made for at most {} "
        "coordinates",
        d,
        d + d * (d + 1) / 2,
        kMost);
  }
  const double base = oracle.base();
  if (!std::isfinite(base)) fail_run("the loss at the point whose Hessian is wanted is {}", base);

  Subspace all{std::vector<std::int64_t>(d), d};  // one block of all coordinates
  std::iota(all.coordinates.begin(), all.coordinates.end(), std::int64_t{0});
  std::vector<Probe> probes;
  Record record = plan_record(oracle, all.coordinates, radius, Pattern::Forward, probes);
  HessianProbes fresh = plan_exact(oracle, all, record, radius, probes);
  const std::vector<double> losses = oracle.evaluate(probes);
  fill_record(record, base, std::span(losses).first(d));
  for (std::size_t k = d; k < losses.size(); ++k) fresh.difference.push_back(losses[k] - base);

  std::vector<double> packed(all.packed(), 0.0);
  estimate_exact(all, record, fresh, packed);
  std::vector<double> matrix(d * d);
  for (std::int64_t i = 0; i < d; ++i) {
    for (std::int64_t k = 0; k <= i; ++k) {
      matrix[i * d + k] = matrix[k * d + i] = packed[packed_index(i, k)];
    }
  }
  return matrix;
}

}  // namespace zo
