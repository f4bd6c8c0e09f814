#pragma once
#include "src/methods/registry.h"
#include "src/methods/rule.h"
#include "src/methods/schedule.h"

namespace zo {

/// Options of plain coordinate-wise descent.
struct CgeOptions {
  std::int64_t subspace = 0;    // m, coordinates probed; 0: all
  std::int64_t period = 5;      // steps a subset is kept
  Rule update = Rule::Adam;     // Plain, Momentum or Adam
  double eps = 5e-3;            // ε
  double lr = 0.03;             // η
  double momentum = 0.9;        // β₁
  double second_decay = 0.999;  // β₂ of Adam
  double adam_eps = 1e-8;       // added to Adam's root
  ScheduleKind lr_schedule = ScheduleKind::Constant;
};

/// Coordinate-wise gradient estimates g_i = [f(θ + εe_i) − f(θ)]/ε on all coordinates, or on m
/// random ones that are kept for `period` steps, fed to a first-order rule: the controls that a
/// curvature method has to beat.
///     sgd       θ_i ← θ_i − η g_i
///     momentum  buf ← β₁ buf + g,  θ ← θ − η buf
///     adam      M_i ← β₁ M_i + (1 − β₁) g_i,  V_i ← β₂ V_i + (1 − β₂) g_i²
///               θ_i ← θ_i − η M̂_i / (√V̂_i + adam_eps)
/// sgd and adam act on the subset, momentum everywhere: with g = 0 outside, buf coasts. M̂ and V̂ are
/// bias-corrected by the number of times that i was probed. The step really taken replaces ε. A
/// probe that is not finite gives g_i = 0.
class Cge final : public Method {
 public:
  Cge(const CgeOptions& options, const Layout& layout, const RunPlan& plan);

  StepReport step(LossOracle& oracle, std::int64_t k) override;
  State state() const override;
  void load_state(const State& state) override { rule_.load(state); }
  /// m + 1.
  std::int64_t queries_of_step(std::int64_t) const override { return options_.subspace + 1; }

 private:
  CgeOptions options_;
  std::int64_t dimension_;
  std::uint64_t seed_;
  Schedule schedule_;
  UpdateRule rule_;
};

/// The registry's maker for coordinate-wise descent.
std::unique_ptr<MethodConfig> cge_config();

}  // namespace zo
