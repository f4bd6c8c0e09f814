#pragma once
#include "src/methods/directional.h"
#include "src/methods/registry.h"
#include "src/methods/schedule.h"

namespace zo {

/// Options of MeZO (arXiv 2305.17333). ε, n and no decay are the paper's; its step lengths, 1e-6 to
/// 1e-5, are for fine-tuning of language models.
struct MezoOptions {
  std::int64_t directions = 1;  // n
  double eps = 1e-3;            // ε
  double lr = 1e-3;             // η
  double weight_decay = 0.0;    // λ, not on biases and normalisation layers
  BaseQuery base_query = BaseQuery::Auto;
  ScheduleKind lr_schedule = ScheduleKind::Constant;
};

/// MeZO: simultaneous perturbation along Gaussian directions z that are regenerated from a seed:
///     c_i = [f(θ + εz_i) − f(θ − εz_i)] / 2ε
///     θ  ← θ − η [(1/n) Σ c_i z_i + λθ]
/// Stable on ½xᵀAx for n = 1 while η ≲ 2/(tr A + 2 λ_max). Remembers nothing between steps. A
/// direction with a loss that is not finite is left out of the mean; without any the step is
/// rejected.
class Mezo final : public Method {
 public:
  Mezo(const MezoOptions& options, const Layout& layout, const RunPlan& plan);

  StepReport step(LossOracle& oracle, std::int64_t k) override;
  State state() const override { return {}; }
  void load_state(const State&) override {}
  /// 2n, and the base loss when --base-query asks for it.
  std::int64_t queries_of_step(std::int64_t k) const override;

 private:
  MezoOptions options_;
  std::uint64_t seed_;
  bool base_;
  Schedule schedule_;
};

/// The registry's maker for MeZO.
std::unique_ptr<MethodConfig> mezo_config();

}  // namespace zo
