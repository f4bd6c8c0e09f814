#pragma once
#include <vector>

#include "src/oracle/loss_oracle.h"

namespace zo {

/// The whole Hessian by second divided differences over coordinates, exact on quadratics: d +
/// d(d+1)/2 queries and the base. Row-major, symmetric; NaN when a loss was not finite. Throws
/// Error(Run) for d > 1000 and for a base that is not finite.
std::vector<double> coordinate_hessian(LossOracle& oracle, double radius);

}  // namespace zo
