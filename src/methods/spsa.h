#pragma once
#include "src/methods/directional.h"
#include "src/methods/registry.h"

namespace zo {

/// Options of SPSA (Spall, IEEE TAC 37, 1992; gain sequences: IEEE TAES 34, 1998) under Spall's
/// symbols. Defaults are those of the common libraries; Spall advises a stability constant of a
/// tenth of the steps.
struct SpsaOptions {
  double lr = 0.16;          // a
  double eps = 0.3;          // c
  double lr_decay = 0.602;   // α
  double eps_decay = 0.101;  // γ
  double stability = 0.001;  // A, as a share of the planned steps
  BaseQuery base_query = BaseQuery::Auto;
};

/// SPSA: simultaneous perturbation by random signs Δ_i = ±1 with decaying gains,
///     a_k = a / (k + 1 + A)^α,  c_k = c / (k + 1)^γ
///     ĝ   = [f(θ + c_k Δ) − f(θ − c_k Δ)] / 2c_k · Δ      (1/Δ_i = Δ_i)
///     θ  ← θ − a_k ĝ
/// Remembers nothing between steps. A step with a loss that is not finite is rejected.
class Spsa final : public Method {
 public:
  Spsa(const SpsaOptions& options, const Layout& layout, const RunPlan& plan);

  StepReport step(LossOracle& oracle, std::int64_t k) override;
  State state() const override { return {}; }
  void load_state(const State&) override {}
  /// 2, and the base loss when --base-query asks for it.
  std::int64_t queries_of_step(std::int64_t) const override { return base_ ? 3 : 2; }

 private:
  SpsaOptions options_;
  std::uint64_t seed_;
  bool base_;
  double delay_ = 0.0;  // A
};

/// The registry's maker for SPSA.
std::unique_ptr<MethodConfig> spsa_config();

}  // namespace zo
