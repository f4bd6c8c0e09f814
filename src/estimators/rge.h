#pragma once
#include <cstdint>
#include <vector>

#include "src/oracle/loss_oracle.h"

namespace zo {

/// Names the directions of an estimate: number r is drawn from Philox(seed, Direction, step), index
/// first + r.
struct DirectionStream {
  std::uint64_t seed = 0;
  std::int64_t step = 0;
  std::int64_t first = 0;
  std::uint64_t direction_seed(std::int64_t r) const;
};

/// A gradient estimate over all d coordinates from `used` directions; directions whose loss was not
/// finite are left out of the mean. Zero when none is left.
struct DirectionalGradient {
  std::vector<double> gradient;
  std::int64_t used = 0;
};

/// The estimate that ZO-GraSP uses (DeepZero, methods.md 2.1), at θ + offset (empty: at θ): every
/// parameter tensor gets its own Gaussian direction of length μ, all are applied together, and the
/// quotient [f(θ + offset + p) − f(θ + offset)]/μ multiplies p itself. Mean (μ / n) ∇ for a tensor
/// of n entries. Queries: q and the loss at its centre.
DirectionalGradient rge_per_tensor(LossOracle& oracle,
                                   double mu,
                                   std::int64_t q,
                                   DirectionStream stream,
                                   const std::vector<double>& offset);

}  // namespace zo
