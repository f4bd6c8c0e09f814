#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "src/estimators/sampling.h"
#include "src/methods/registry.h"
#include "src/methods/rule.h"
#include "src/methods/schedule.h"

namespace zo {

/// Options of plain coordinate-wise descent.
struct CgeOptions {
  std::int64_t subspace = 0;              // m, coordinates probed; 0: all
  std::int64_t period = 5;                // steps a subset is kept
  Sampling sampling = Sampling::Uniform;  // Uniform, Layer or Gain
  double layer_power = 0.5;               // of sampling = layer and gain
  double cost_power = 1.0;                // of sampling = gain
  Rule update = Rule::Adam;
  double eps = 5e-3;            // ε
  double lr = 0.03;             // η
  double momentum = 0.9;        // β₁
  double second_decay = 0.999;  // β₂ of Adam and PairRoot
  double adam_eps = 1e-8;       // added to their roots
  ScheduleKind lr_schedule = ScheduleKind::Constant;
};

/// Coordinate-wise gradient estimates g_i = [f(θ + εe_i) − f(θ)]/ε on all coordinates, or on m
/// of them that are drawn by `sampling` and kept for `period` steps, fed to a first-order rule: the
/// controls that a curvature method has to beat.
///     sgd        θ_i ← θ_i − η g_i
///     momentum   buf ← β₁ buf + g,  θ ← θ − η buf
///     adam       M_i ← β₁ M_i + (1 − β₁) g_i,  V_i ← β₂ V_i + (1 − β₂) g_i²
///                θ_i ← θ_i − η M̂_i / (√V̂_i + adam_eps)
///     pair-root  adam with the 2×2 root of the averaged outer product of a pair's gradients, pairs
///                being consecutive coordinates of the subset: see GradientMoments
/// All but momentum act on the subset, momentum everywhere: with g = 0 outside, buf coasts. M̂ and V̂
/// are bias-corrected by the number of times that i was probed. The step really taken replaces ε. A
/// probe that is not finite gives g_i = 0. A step whose base loss is not finite is rejected; where
/// it would have started a period, the next accepted step starts it.
class Cge final : public Method {
 public:
  Cge(const CgeOptions& options, const Layout& layout, const RunPlan& plan);

  StepReport step(LossOracle& oracle, std::int64_t k) override;
  State state() const override;
  void load_state(const State& state) override;
  /// m + 1.
  std::int64_t queries_of_step(std::int64_t) const override { return options_.subspace + 1; }

 private:
  CgeOptions options_;
  CoordinateSampler sampler_;
  Schedule schedule_;
  UpdateRule rule_;
  std::int64_t dimension_;
  std::int64_t period_ = -1;          // that subset_ was drawn for
  std::vector<std::int64_t> subset_;  // kept, as the sampler learns from every step of a period
};

/// The registry's makers: coordinate-wise descent, and the same with the options of the strongest
/// first-order control on networks as defaults there.
std::unique_ptr<MethodConfig> cge_config();
std::unique_ptr<MethodConfig> cge_adam_config();

}  // namespace zo
