#pragma once
#include <cstdint>
#include <span>

#include "src/estimators/policy_step.h"

namespace zo {

/// How far ZoVH's short forms are from what they stand for (arXiv 2605.30960, figure 5 and the
/// product of its algorithm), for one set of samples; relative, in the Frobenius or Euclidean norm.
struct InverseError {
  /// Of the curvature's part of (Ĥ + λI)⁻¹, I/λ − U W Uᵀ, when W is taken diagonal.
  double inverse = 0.0;
  /// Of p ≈ (Ĥ + λI)⁻¹ĝ with each sample's share taken out of the gradient it multiplies.
  double product = 0.0;
  /// ‖λp − ĝ‖ / ‖ĝ‖: what p has beside the gradient divided by λ.
  double beside_gradient = 0.0;
};

/// From the losses' deviations and the n×n Gram matrix of the directions, as policy_step takes
/// them. λ > 0, deviations.normaliser > 1.
InverseError inverse_error(const Deviations& deviations,
                           std::span<const double> gram,
                           double mu,
                           double lambda);

}  // namespace zo
