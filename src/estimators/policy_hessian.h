#pragma once
#include <cstdint>
#include <vector>

#include "src/base/symmetric_matrix.h"
#include "src/estimators/policy_samples.h"

namespace zo {

/// Ĥ = Σ_k c_k u_k u_kᵀ − shift · I: a matrix of d² entries known by n scalars and n seeds.
struct RankSum {
  std::vector<double> coefficients;
  std::vector<DenseProbe> directions;
  double shift = 0.0;
  std::int64_t dropped = 0;  // probes left out because their loss was not finite
};

/// Hessian estimate from one-sided samples asked before, u ~ N(0, I) (arXiv 2605.30960):
///     (1/c) Σ (f_k − b)/μ² · (u_k u_kᵀ − I)
/// S1 with baseline none, S2 with anchor, ZoVH with mean; mean A on quadratics. With a mean of the
/// samples themselves as baseline (Mean, StepMean) the coefficients sum to 0 and −I would change
/// nothing: shift is 0. Throws Error(Run) when the samples are too few for the baseline.
RankSum one_sided_hessian(const PolicySamples& samples,
                          Baseline baseline,
                          double mu,
                          std::int64_t dimension);

enum class Antithetic {
  Corrected,  // S3: (1/2K) Σ [f₊ − 2f + f₋]/μ² · (uuᵀ − I); mean A on quadratics
  CentralDifference,  // CD: uuᵀ alone; mean A + ½ tr(A) I
};
/// Hessian estimate from pairs f(θ ± μu) at the present θ, K = options.directions: 2K queries and
/// the base.
RankSum antithetic_hessian(LossOracle& oracle,
                           Antithetic kind,
                           const PolicyOptions& options,
                           std::int64_t step);

/// All d² entries, row-major. Throws Error(Run) for d > 5000.
std::vector<double> dense(const RankSum& estimate, std::int64_t dimension);

/// ‖Ĥ − A‖_F from n products A u and the Gram matrix of the directions, without forming Ĥ.
double frobenius_error(const RankSum& estimate, const SymmetricMatrix& exact);

}  // namespace zo
