#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "src/estimators/policy_samples.h"
#include "src/methods/directional.h"
#include "src/methods/registry.h"
#include "src/methods/schedule.h"

namespace zo {

/// Options of ZoAR, and of ZoVH, which builds on it (arXiv 2605.30960).
struct ZoarOptions {
  std::int64_t directions = 3;  // K
  std::int64_t history = 4;     // N, steps whose queries are used, the present one included
  double eps = 1e-2;            // μ
  double lr = 1e-3;             // η
  Baseline baseline = Baseline::Mean;
  bool orthogonal = false;
  BaseQuery base_query = BaseQuery::Auto;
  ScheduleKind lr_schedule = ScheduleKind::Constant;
};

/// What ZoAR and ZoVH have in common: a step asks K probes, takes an averaged baseline off the
/// losses of the last N steps, whose losses stay as they were measured, and moves along a
/// combination of their directions,
///     y_k = f(θ + μu_k),  u_k ~ N(0, I),  K new ones a step
///     θ  ← θ − η Σ p_k u_k   over the last n = N·K queries,  p made from the y_k − b
/// A probe that is not finite never enters the history; a step without enough samples for its
/// baseline is rejected.
class PolicyMethod : public Method {
 public:
  StepReport step(LossOracle& oracle, std::int64_t k) final;
  State state() const final;
  void load_state(const State& state) final { samples_.load(state); }
  /// K, and the base loss when the baseline is the anchor or --base-query asks for it.
  std::int64_t queries_of_step(std::int64_t) const final;

 protected:
  PolicyMethod(const ZoarOptions& options, const Layout& layout, const RunPlan& plan);

 private:
  /// Whether `combination` reads the inner products of the directions, which cost n²d.
  virtual bool needs_products() const = 0;
  /// Weights of the n samples in the Optimal baseline. products: u_j·u_k, n×n.
  virtual std::vector<double> weights(std::span<const double> products, std::size_t n) const = 0;
  /// The p_k, one a deviation, and what the report tells beside the number of samples. products:
  /// u_j·u_k, n×n; empty unless needs_products() or the baseline asked for them.
  virtual std::vector<double> combination(const Deviations& deviations,
                                          std::span<const double> products,
                                          StepReport& report) const = 0;

  ZoarOptions options_;
  std::int64_t dimension_;
  bool base_;
  Schedule schedule_;
  PolicySamples samples_;
};

/// Defaults for networks where a method has its own; "": those for functions.
struct PolicyOnNetworks {
  std::string lr, baseline;
};
/// The flags that ZoAR and ZoVH share, and what they may not be. Throws Error(Usage).
void describe_policy(OptionTable& table, ZoarOptions& options, const PolicyOnNetworks& networks);
void check_policy(const ZoarOptions& options, const Layout& layout);

}  // namespace zo
