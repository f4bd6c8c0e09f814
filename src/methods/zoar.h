#pragma once
#include <string>

#include "src/estimators/policy_samples.h"
#include "src/methods/registry.h"
#include "src/methods/schedule.h"

namespace zo {

/// Options of ZoAR, the gradient method that ZoVH builds on (arXiv 2605.30960).
struct ZoarOptions {
  std::int64_t directions = 3;  // K
  std::int64_t history = 4;     // N, steps whose queries are used, the present one included
  double eps = 1e-2;            // μ
  double lr = 1e-3;             // η
  std::string baseline = "mean";
  bool orthogonal = false;
  std::string base_query = "auto";
  std::string lr_schedule = "constant";
};

/// ZoAR: random-direction gradient with an averaged baseline and reuse of the queries of the last N
/// steps, whose losses stay as they were measured:
///     y_k = f(θ + μu_k),  u_k ~ N(0, I),  K new ones a step
///     ĝ   = (1/c) Σ (y_k − b)/μ · u_k    over the last n = N·K queries
///     θ  ← θ − η ĝ
/// b = mean of the y and c = n − 1 by default; c = n for a baseline that is not made of the same
/// values (none, anchor: the classical estimator) and for the variance-optimal mean; n less the
/// number of steps for step-mean. A probe that is not finite never enters the history; a step
/// without enough samples for its baseline is rejected.
class Zoar final : public Method {
 public:
  Zoar(const ZoarOptions& options, const Layout& layout, const RunPlan& plan);

  StepReport step(LossOracle& oracle, std::int64_t k) override;
  State state() const override;
  void load_state(const State& state) override { samples_.load(state); }
  /// K, and the base loss when the baseline is the anchor or --base-query asks for it.
  std::int64_t queries_of_step(std::int64_t) const override;

 private:
  ZoarOptions options_;
  std::int64_t dimension_;
  Baseline baseline_;
  bool base_;
  Schedule schedule_;
  PolicySamples samples_;
};

/// The flags that ZoAR and ZoVH share, and what they may not be. Throws Error(Usage).
void describe_policy(OptionTable& table, ZoarOptions& options);
void check_policy(const ZoarOptions& options, const Layout& layout);

/// The registry's maker for ZoAR.
std::unique_ptr<MethodConfig> zoar_config();

}  // namespace zo
