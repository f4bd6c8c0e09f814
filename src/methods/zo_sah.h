#pragma once
#include <string>
#include <vector>

#include "src/estimators/block_hessian.h"
#include "src/estimators/block_solve.h"
#include "src/methods/registry.h"
#include "src/methods/schedule.h"

namespace zo {

/// Options of ZO-SAH under the symbols of the paper (arXiv 2507.06125), which gives T, κ = 0.1 and
/// the block size; the defaults of the others, and κ, are tuned on ResNet-8.
struct ZoSahOptions {
  std::int64_t subspace = 0;  // m; 0: all of θ up to 1000 coordinates, else 500
  std::int64_t period = 20;   // T
  std::int64_t block = 2;     // coordinates a block
  std::string hessian = "lazy";
  std::string basis = "plain";           // of the literal fit
  std::string bias_correction = "auto";  // auto: on, except for literal
  double eps = 5e-3;                     // ε
  double radius = 2e-2;                  // l; 0: as ε
  double ridge = 0.0;      // ρ; 0: the estimator's own (literal 1e-6, secant 1, rotating 1e-3)
  double kappa = 0.01;     // κ, absolute; the paper's 0.1 clips over 99 % of a ResNet's curvature
  double kappa_rel = 0.0;  // share of the median |λ|; the floor is the larger of the two
  double lr = 0.02;        // η
  double momentum = 0.9;
  double weight_decay = 0.0;
  bool coast = true;
  std::string lr_schedule = "constant";
};

/// ZO-SAH: every T steps a random subspace V of m coordinates is cut into blocks W_j (pairs unless
/// --block says otherwise); in a step
///     g_j  = coordinate differences on W_j (one probe a coordinate, bias-corrected on request)
///     H_j  = Hessian of the block from the estimator (`hessian`), eigenvalues floored to max(|λ|,
///     κ) v_j  = |H_j|_κ⁻¹ g_j           (hessian = none: v_j = g_j) θ   ← θ − η v
/// With momentum μ or weight decay λ, v feeds SGD as torch.optim.SGD does: buf ← μ·buf + v + λθ_V,
/// θ ← θ − η·buf. Both v and λθ are zero outside V. A coordinate that leaves V keeps moving by its
/// decaying buffer (as DeepZero's do) unless `coast` is false: then its buffer is forgotten with
/// the period.
///
/// A step whose base loss is not finite is rejected and costs one query; where it would have
/// started a period, the next accepted step starts it. A probe that is not finite gives its
/// coordinate g = 0, or its block the median curvature.
class ZoSah final : public Method {
 public:
  /// `options` must have passed check() for this dimension.
  ZoSah(const ZoSahOptions& options, std::int64_t dimension, const RunPlan& plan);

  StepReport step(LossOracle& oracle, std::int64_t k) override;
  State state() const override;
  void load_state(const State& state) override;
  /// T for the estimators that reuse losses of earlier steps, which only compare on one batch;
  /// else 1.
  std::int64_t steps_per_batch() const override;
  /// 1 + m, and at the start of a period the Hessian's probes: 4 a pair for literal, b(b+1)/2 a
  /// block of b for the others, none for hessian = none.
  std::int64_t queries_of_step(std::int64_t k) const override;

 private:
  Subspace subspace_of(std::int64_t period) const;
  bool apply(LossOracle& oracle, const std::vector<double>& v, StepReport& report);

  ZoSahOptions options_;
  std::int64_t dimension_;
  std::uint64_t seed_;
  HessianKind kind_;
  bool corrected_;
  Schedule schedule_;
  std::int64_t fresh_ = 0;  // Hessian probes at the start of a period

  std::int64_t period_ = -1;  // period that hessian_ is in
  double median_ = 0.0;       // median |λ| last seen
  BlockHessian hessian_;
  std::vector<double> velocity_;  // buf, length d; empty without momentum
};

/// The registry's maker for ZO-SAH.
std::unique_ptr<MethodConfig> zo_sah_config();

}  // namespace zo
