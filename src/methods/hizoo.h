#pragma once
#include <memory>
#include <vector>

#include "src/methods/registry.h"
#include "src/methods/schedule.h"

namespace zo {

/// Options of HiZOO (arXiv 2402.15173 and the authors' trainer). With hessian_smooth = 0, the
/// default of the authors' script, h never changes and HiZOO is MeZO at one query more; 1e-8 is
/// their example's. The limits on h are ours.
struct HizooOptions {
  double eps = 1e-3;             // ε
  double lr = 1e-3;              // η; theirs, for fine-tuning: 1e-6
  double hessian_smooth = 1e-8;  // α; stable for α ≲ 1/d
  double hessian_min = 0.0;      // floor of h; 0: none
  double hessian_max = 0.0;      // ceiling of h; 0: none
  double hessian_growth = 0.0;   // largest factor by which h grows in a step; 0: any
  double weight_decay = 0.0;     // λ, on every entry
  ScheduleKind lr_schedule = ScheduleKind::Constant;
};

/// HiZOO: simultaneous perturbation scaled by a moving average h of the diagonal curvature,
///     f± = f(θ ± ε z/√h),   z ~ N(0, I)
///     h ← (1 − α) h + α |f₊ + f₋ − 2f(θ)| / 2ε² · h ⊙ z²
///     θ ← θ − η [(f₊ − f₋)/2ε · z/√h + λθ]           (the new h)
/// h starts at 1. On a quadratic with diagonal Hessian A it settles at (1 + d/2)·diag A for small
/// α: only ratios of its entries carry information. A step with a loss that is not finite is
/// rejected and leaves h alone.
class Hizoo final : public Method {
 public:
  Hizoo(const HizooOptions& options, const Layout& layout, const RunPlan& plan);

  StepReport step(LossOracle& oracle, std::int64_t k) override;
  State state() const override { return {{"hessian", *hessian_}}; }
  void load_state(const State& state) override;
  std::int64_t queries_of_step(std::int64_t) const override { return 3; }

 private:
  std::vector<double> refreshed(double curvature, std::uint64_t seed) const;

  HizooOptions options_;
  std::uint64_t seed_;
  Schedule schedule_;
  std::shared_ptr<const std::vector<double>> hessian_;  // h, length d
};

/// The registry's maker for HiZOO.
std::unique_ptr<MethodConfig> hizoo_config();

}  // namespace zo
