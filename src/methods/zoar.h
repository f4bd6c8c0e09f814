#pragma once
#include "src/methods/policy_method.h"

namespace zo {

/// ZoAR: random-direction gradient with an averaged baseline and reuse of the queries of the last N
/// steps,
///     ĝ   = (1/c) Σ (y_k − b)/μ · u_k    over the last n = N·K queries
///     θ  ← θ − η ĝ
/// where b and c are
///     Mean          mean of the y, c = n − 1
///     StepMean      mean of the y of the same step, c = n − number of steps
///     Optimal       mean of least variance, c = n
///     None, Anchor  0 or the base loss, c = n: the classical estimator
/// Samples, rejection and queries: PolicyMethod.
class Zoar final : public PolicyMethod {
 public:
  Zoar(const ZoarOptions& options, const Layout& layout, const RunPlan& plan)
      : PolicyMethod(options, layout, plan), mu_(options.eps) {}

 private:
  bool needs_products() const override { return false; }
  std::vector<double> weights(std::span<const double> products, std::size_t n) const override;
  std::vector<double> combination(const Deviations& deviations,
                                  std::span<const double> products,
                                  StepReport& report) const override;

  double mu_;
};

/// The registry's maker for ZoAR.
std::unique_ptr<MethodConfig> zoar_config();

}  // namespace zo
