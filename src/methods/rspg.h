#pragma once
#include <optional>
#include <vector>

#include "src/methods/registry.h"
#include "src/methods/schedule.h"

namespace zo {

/// The constraint set or penalty h.
enum class Prox { None, Box, L1 };
/// The iterate that a run ends with.
enum class RspgOutput { Last, Random };

/// Options of RSPG (Ghadimi, Lan and Zhang, Math. Program. 155, 2016), gradient-free form. The
/// paper derives γ and m from constants that are rarely known; here they are given.
struct RspgOptions {
  std::int64_t directions = 10;  // m, Gaussian directions a step
  double eps = 1e-3;             // μ
  double lr = 1e-3;              // γ; stable for γ ≲ 1/(4(d+4)L)
  Prox prox = Prox::None;
  double box_low = -1.0, box_high = 1.0;
  double l1 = 1e-3;  // weight of ‖x‖₁
  RspgOutput output = RspgOutput::Last;
  double lipschitz = 0.0;  // L in P(R = k) ∝ γ_k − Lγ_k²; 0: ∝ γ_k
  ScheduleKind lr_schedule = ScheduleKind::Constant;
};

/// RSPG: randomised stochastic projected gradient with two-point Gaussian estimates that share one
/// batch,
///     Ḡ  = (1/m) Σ [f(x + μu_i) − f(x)]/μ · u_i,   u_i ~ N(0, I)
///     x⁺ = argmin_u ⟨Ḡ, u⟩ + ‖u − x‖²/2γ + h(u)
/// which is
///     None  x − γḠ
///     Box   x − γḠ clamped: feasible exactly, in storage precision too
///     L1    x − γḠ soft-thresholded by γ·l1
/// Output Last leaves x at its last iterate. Random is what the analysis bounds: the index R is
/// drawn before the run with P(R = k) ∝ γ_k − Lγ_k², x_R is remembered, and the last step of the
/// planned run puts x there.
class Rspg final : public Method {
 public:
  /// Throws Error(Usage) when the random output lacks a planned number of steps.
  Rspg(const RspgOptions& options, const Layout& layout, const RunPlan& plan);

  StepReport step(LossOracle& oracle, std::int64_t k) override;
  State state() const override { return {{"output", output_}}; }
  void load_state(const State& state) override;
  /// m + 1.
  std::int64_t queries_of_step(std::int64_t) const override { return options_.directions + 1; }

  /// R − 1: the step before which x is the random output; nothing for the last iterate.
  std::optional<std::int64_t> output_step() const { return output_step_; }

 private:
  StepReport descend(LossOracle& oracle, std::int64_t k) const;
  bool project(LossOracle& oracle, std::vector<DenseProbe> estimate, StepReport& report) const;

  RspgOptions options_;
  std::int64_t dimension_;
  std::uint64_t seed_;
  Schedule schedule_;
  std::optional<std::int64_t> output_step_;
  std::int64_t last_step_ = 0;  // from here on x stays at the random output
  std::vector<double> output_;  // x_R once reached
};

/// Index k in [0, weights.size()) with P(k) ∝ weights[k], from the one number `uniform` in (0, 1).
std::int64_t draw_index(const std::vector<double>& weights, double uniform);

/// The registry's maker for RSPG.
std::unique_ptr<MethodConfig> rspg_config();

}  // namespace zo
