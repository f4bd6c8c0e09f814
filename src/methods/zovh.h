#pragma once
#include "src/estimators/policy_step.h"
#include "src/methods/policy_method.h"

namespace zo {

/// Options of ZoVH: those of ZoAR, and how the Hessian is inverted. K, N and λ are the paper's.
struct ZovhOptions {
  ZoarOptions policy;
  double lambda = 0.1;  // λ
  PolicyInverse inverse = PolicyInverse::Shared;
  double guard = 1e-3;  // smallest denominator, relative to λ²c
};

/// ZoVH (arXiv 2605.30960): one set of random-direction queries gives gradient and Hessian,
///     ĝ = (1/c) Σ (y_k − b)/μ · u_k,   Ĥ = (1/c) Σ ν_k u_k u_kᵀ,   ν_k = (y_k − b)/μ²
///     s = Σ ν_j u_j,   a_k = u_k·(s − ν_k u_k) / (c − 1)
///     p = Σ μν_k [1/(λc) − a_k / (λ²c + λν_k‖u_k‖²)] u_k
///     θ ← θ − η p
/// p approximates (Ĥ + λI)⁻¹ĝ; each sample's own share is taken out of the gradient that it
/// multiplies (`shared`). Other baselines than the means leave a multiple of I in Ĥ, which adds to
/// λ. For orthogonal directions p = ĝ/λ exactly, and nearly so for d ≫ n²: compare with ZoAR at
/// step η/λ. Samples, rejection and queries: PolicyMethod.
class Zovh final : public PolicyMethod {
 public:
  Zovh(const ZovhOptions& options, const Layout& layout, const RunPlan& plan);

 private:
  bool needs_products() const override { return true; }
  std::vector<double> weights(std::span<const double> products, std::size_t n) const override;
  std::vector<double> combination(const Deviations& deviations,
                                  std::span<const double> products,
                                  StepReport& report) const override;

  ZovhOptions options_;
  std::int64_t dimension_;
};

/// The registry's maker for ZoVH.
std::unique_ptr<MethodConfig> zovh_config();

}  // namespace zo
