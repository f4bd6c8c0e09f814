#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "src/oracle/loss_oracle.h"

namespace zo {

/// Losses at θ + εv and θ − εv of several directions v, as their slope and their mean. NaN where
/// one of the two was not finite.
struct TwoPoint {
  std::vector<double> slope;  // [f(θ + εv) − f(θ − εv)] / 2ε; exactly ∇f·v on quadratics, for any ε
  std::vector<double> mean;  // ½[f(θ + εv) + f(θ − εv)]
  std::int64_t dropped = 0;  // directions that are NaN
};

/// Two queries a direction; the scale of `directions` is ignored. `eps` > 0.
TwoPoint two_point(LossOracle& oracle, std::span<const DenseProbe> directions, double eps);

}  // namespace zo
