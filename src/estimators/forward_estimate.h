#pragma once
#include <cstdint>
#include <vector>

#include "src/oracle/loss_oracle.h"

namespace zo {

/// A gradient estimate from one-sided differences along random directions, as a sum of scaled
/// directions: memory that does not grow with d where the directions are seeds.
struct ForwardEstimate {
  std::vector<DenseProbe> terms;  // one for each finite loss, in order; empty when there is none
  std::int64_t dropped = 0;       // directions left out because their loss was not finite
};

/// (1/n) Σ [f(θ + εr_i) − f(θ)]/ε · r_i over the n directions r_i = scale·v whose loss is finite.
/// Its mean over r ~ N(0, C) is C∇f on quadratics. Queries: one a direction, and the base loss,
/// which must be finite. `eps` > 0.
ForwardEstimate forward_estimate(LossOracle& oracle,
                                 std::vector<DenseProbe> directions,
                                 double eps);

}  // namespace zo
