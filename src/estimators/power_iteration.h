#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "src/oracle/loss_oracle.h"

namespace zo {

/// Leading eigenpairs of the Hessian, as Ritz pairs: columns orthonormal, values by falling
/// modulus.
struct RitzPairs {
  std::vector<double> values;
  std::vector<std::vector<double>> columns;  // each of length d
};

/// Hv by central differences of central coordinate differences, 4d queries:
///     (Hv)_i = [f(θ+rv+re_i) − f(θ+rv−re_i) − f(θ−rv+re_i) + f(θ−rv−re_i)] / 4r²
/// Exact on quadratics. NaN where a loss was not finite.
std::vector<double> hessian_product(LossOracle& oracle, std::span<const double> v, double radius);

/// Block power iteration V ← orth(HV), `iterations` ≥ 1 products with every column, the last of
/// which gives the Ritz pairs in the span of V, the largest modulus first: a later iteration that
/// starts from them orthogonalises in that order. The start columns need not be orthonormal, but
/// independent. 4d queries a column and iteration. Values are NaN when a loss was not finite.
RitzPairs power_iteration(LossOracle& oracle,
                          const std::vector<std::vector<double>>& start,
                          std::int64_t iterations,
                          double radius);

}  // namespace zo
