#pragma once
#include <vector>

#include "src/estimators/mask.h"
#include "src/methods/registry.h"
#include "src/methods/rule.h"
#include "src/methods/schedule.h"

namespace zo {

/// Options of DeepZero as published (arXiv 2310.02025 and the authors' code; methods.md 2.3).
struct DeepZeroOptions {
  double density = 0.1;        // share of the maskable weights that is active
  double mask_interval = 5.0;  // epochs a mask is in force
  bool mask_update = false;    // move only active coordinates; the published method moves all
  double eps = 5e-3;           // μ
  double lr = 0.1;
  double momentum = 0.9;
  double weight_decay = 5e-4;
  double warmup_epochs = 3.0;
  double epochs = 50.0;
  ScheduleKind lr_schedule = ScheduleKind::Cosine;
  std::int64_t grasp_queries = 192;  // q
  double grasp_radius = 5e-3;        // μ of ZO-GraSP
};

/// DeepZero: coordinate-wise gradient estimates on a random sparse set of coordinates, fed to SGD
/// over all of θ:
///     g_i ← [f(θ + μ e_i) − f(θ)]/μ  for i in the mask, 0 elsewhere
///     buf ← m·buf + g + λθ,  θ ← θ − η·buf
/// on every coordinate: one that leaves the mask coasts on (with `mask_update` it stays).
/// The mask is drawn anew every `mask_interval` epochs, uniformly inside each layer; how many
/// weights a layer gets is decided once, before the first step, by ZO-GraSP.
///
/// Time: the published protocol of `epochs` epochs is stretched over the run's budget (max_steps,
/// or the steps that max_queries allow) where there is one, so warm-up, mask interval and cosine
/// have the same shares of the run; without a budget an epoch is an epoch of the data (of a plain
/// function: one step). Differences to the published code: ZO-GraSP uses the first step's batch,
/// not 25 pictures a class, restores θ exactly, and shares its base loss with the first step.
class DeepZero final : public Method {
 public:
  DeepZero(const DeepZeroOptions& options, const Layout& layout, const RunPlan& plan);

  StepReport step(LossOracle& oracle, std::int64_t k) override;
  State state() const override;
  void load_state(const State& state) override;
  /// active + 1, and in step 0 ZO-GraSP's 2q + 1 probes (none at density 1).
  std::int64_t queries_of_step(std::int64_t k) const override;
  std::int64_t queries_once() const override;
  void follow(const Method& before) override;

  /// Number of the mask that step k uses.
  std::int64_t mask_number(std::int64_t k) const;

 private:
  void stretch_protocol();

  DeepZeroOptions options_;
  Layout layout_;
  RunPlan plan_;
  std::int64_t active_;  // coordinates of a mask
  double epoch_ = 1.0;   // steps of one protocol epoch
  Schedule schedule_;
  std::vector<std::int64_t> layer_counts_;  // active coordinates a segment; empty before ZO-GraSP
  bool follows_ = false;                    // and they came from another method
  UpdateRule rule_;
};

/// The registry's maker for DeepZero.
std::unique_ptr<MethodConfig> deepzero_config();

}  // namespace zo
