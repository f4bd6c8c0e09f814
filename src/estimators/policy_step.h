#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "src/estimators/policy_samples.h"

namespace zo {

/// Weights of the Optimal baseline from the squared norms of the directions: ‖u‖² makes the
/// gradient estimate's second moment least, ‖u‖⁴ − 2‖u‖² + d = ‖uuᵀ − I‖_F² the Hessian estimate's
/// (arXiv 2605.30960).
std::vector<double> gradient_weights(std::span<const double> gram, std::size_t n);
std::vector<double> hessian_weights(std::span<const double> gram,
                                    std::size_t n,
                                    std::int64_t dimension);

/// Coefficients of ĝ = Σ γ_k u_k, γ_k = (f_k − b) / (c μ), c = deviations.normaliser > 0: the ZoAR
/// gradient, with mean ∇f on quadratics.
std::vector<double> gradient_coefficients(const Deviations& deviations, double mu);

/// How (Ĥ + λI)⁻¹ĝ is formed, Ĥ = (1/c) Σ ν_k u_k u_kᵀ, ν_k = (f_k − b)/μ².
enum class PolicyInverse {
  Shared,    // ZoVH: diagonal Gram form, each sample's own share taken out of the gradient it
             // multiplies
  Diagonal,  // diagonal Gram form: exact for orthogonal directions
  Exact,     // Woodbury
  None,      // ĝ/λ: the control without curvature
};
/// Their words.
const Names<PolicyInverse>& inverse_names();

struct PolicyStep {
  std::vector<double> coefficients;  // of the directions in p = Σ p_k u_k
  std::int64_t guarded = 0;  // curvature terms left out because their denominator was too near 0
};

/// p ≈ (Ĥ + λI)⁻¹ ĝ in the span of the samples' directions. A denominator λ²c + λν_k‖u_k‖² smaller
/// than `guard` · λ²c in modulus drops its term; a singular Woodbury system gives ĝ/λ. Shared needs
/// c > 1, else it gives ĝ/λ too. `gram` is n×n. λ > 0, c > 0.
PolicyStep policy_step(const Deviations& deviations,
                       std::span<const double> gram,
                       double mu,
                       double lambda,
                       PolicyInverse inverse,
                       double guard);

/// ‖Σ a_k u_k‖ from the Gram matrix.
double combination_norm(std::span<const double> gram, std::span<const double> a);

}  // namespace zo
