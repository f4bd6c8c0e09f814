#pragma once
#include <string>
#include <vector>

#include "src/estimators/block_solve.h"
#include "src/estimators/curvature/block_hessian.h"
#include "src/estimators/fisher_step.h"
#include "src/estimators/pairing.h"
#include "src/estimators/sampling.h"
#include "src/estimators/scaled_solve.h"
#include "src/estimators/step_length.h"
#include "src/methods/registry.h"
#include "src/methods/rule.h"
#include "src/methods/schedule.h"

namespace zo {

/// Whether the difference quotient's bias is removed by the estimated curvature.
enum class BiasCorrection {
  Auto,  // as the curvature wants it
  On,
  Off,
};

/// Options of ZO-SAH under the symbols of the paper (arXiv 2507.06125), which gives T = 20, κ = 0.1
/// and the block size. The defaults are for functions in double precision: an exact block in every
/// step and a backtracked Newton step; `train` has its own for networks.
struct ZoSahOptions {
  std::int64_t subspace = 0;    // m; 0: by subspace_share
  double subspace_share = 0.0;  // m as a share of d; 0: all of θ up to 1000 coordinates, else 500
  std::int64_t period = 1;      // T
  std::int64_t block = 2;       // coordinates a block
  PairingKind pairing = PairingKind::Random;
  Sampling sampling = Sampling::Uniform;
  double layer_power = 0.5;  // of sampling = layer and gain
  double cost_power = 1.0;   // of sampling = gain
  CurvatureKind hessian = CurvatureKind::Lazy;
  bool adaptive_order = false;
  Basis basis = Basis::Plain;  // of the literal fit
  BiasCorrection bias_correction = BiasCorrection::Auto;
  double eps = 1e-4;       // ε
  double radius = 0.0;     // l; 0: as ε
  double ridge = 0.0;      // ρ; 0: the curvature's own
  double kappa = 0.01;     // κ, absolute; the paper's 0.1 clips over 99 % of a ResNet's curvature
  double kappa_rel = 0.0;  // share of the median |λ|; the floor is the larger of the two
  bool scaled = false;     // blocks are solved as ScaledSolve does
  StepRule step = StepRule::Backtrack;
  std::int64_t trials = 3;      // lengths that step = backtrack asks for
  std::int64_t look_every = 1;  // steps between looks of step = look-back
  double lr = 1.0;              // η, the largest step length
  double first_lr = 0.0;        // length that step = look-back starts from; 0: η
  double momentum = 0.0;        // μ; β₁ of scaled and fisher
  double second_decay = 0.999;  // β₂ and the least D, a share of its median, of scaled and fisher
  double scale_floor = 0.5;
  double damping = 1.0;  // λ and δ of hessian = fisher: see FisherStep
  double trust = 0.04;
  double weight_decay = 0.0;
  bool coast = true;
  ScheduleKind lr_schedule = ScheduleKind::Constant;
};

/// ZO-SAH: every T steps a subspace V of m coordinates is drawn (`sampling`) and cut into blocks
/// W_j (pairs unless --block says otherwise, arranged by `pairing`); in a step
///     g_j  = coordinate differences on W_j (one probe a coordinate, bias-corrected on request)
///     H_j  = Hessian of the block from the curvature (`hessian`)
///     v_j  = |H_j|_κ⁻¹ g_j, every eigenvalue λ of H_j replaced by max(|λ|, κ)
///     θ   ← θ − t v,  t = η or what `step` finds below it
/// Without curvature (hessian = none) v_j = g_j. With `scaled` v is ScaledSolve's: of the mean of g,
/// with eigenvalues floored in the scale of past gradients. With hessian = fisher v is FisherStep's, from
/// the losses of single examples, which the oracle must hand out. Both have momentum within, and what
/// follows on buffers is not for them.
///
/// With momentum μ or weight decay λ, v feeds SGD as torch.optim.SGD does: buf ← μ·buf + v + λθ_V,
/// θ ← θ − η·buf. Both v and λθ are zero outside V. A coordinate that leaves V keeps moving by its
/// decaying buffer (as DeepZero's do) unless `coast` is false: then its buffer is forgotten with
/// the period.
///
/// A step whose base loss is not finite is rejected and costs one query; where it would have
/// started a period, the next accepted step starts it. A probe that is not finite gives its
/// coordinate g = 0, or its block the median curvature. A step for which no length is good is
/// rejected too, with no_descent where all losses were finite: θ stays, and a momentum buffer, which
/// then points uphill, is forgotten.
class ZoSah final : public Method {
 public:
  /// `options` must have passed check() for this layout. Throws Error(Usage) for --step auto on
  /// batches that change with every step.
  ZoSah(const ZoSahOptions& options, const Layout& layout, const RunPlan& plan);

  StepReport step(LossOracle& oracle, std::int64_t k) override;
  State state() const override;
  void load_state(const State& state) override;
  /// T for the estimators that reuse losses of earlier steps and for --step auto, as losses only
  /// compare on one batch; else 1.
  static std::int64_t steps_per_batch_of(const ZoSahOptions& options);
  std::int64_t steps_per_batch() const override { return steps_per_batch_of(options_); }
  /// 1 + m, what --step asks for (StepLength::queries), and at the start of a period the Hessian's
  /// probes: 4 a pair for literal, one a coordinate never visited for cached (the first ⌈d/m⌉
  /// periods visit all), b(b+1)/2 a block of b for the others, none for hessian = none and fisher.
  /// With adaptive_order a first-order period asks none of these; what is told for steps beyond the
  /// next period assumes that the present order stays.
  /// --pairing coded asks (d + 1)(⌈log₂ d⌉ + 1) more in step 0.
  std::int64_t queries_of_step(std::int64_t k) const override;
  std::int64_t queries_once() const override { return pairing_.measure_queries(); }

 private:
  bool natural() const { return options_.hessian == CurvatureKind::Fisher; }
  void begin_period(std::int64_t period);
  void ask(LossOracle& oracle, std::int64_t k, double base);
  std::vector<double> direction(const std::vector<double>& g, StepReport& report);
  void see_secant(LossOracle& oracle, const std::vector<double>& g);
  void measure_codes(LossOracle& oracle);
  std::vector<double> newton(const std::vector<double>& g, StepReport& report);
  bool apply(LossOracle& oracle,
             const std::vector<double>& g,
             UpdateRule::Proposal proposal,
             StepReport& report);

  ZoSahOptions options_;
  BlockHessian hessian_;
  bool corrected_;
  bool one_batch_;  // the run has no batches: all losses compare
  CoordinateSampler sampler_;
  Pairing pairing_;
  StepLength length_;
  Schedule schedule_;

  std::int64_t dimension_;
  std::int64_t period_ = -1;             // period that hessian_ is in
  double median_ = 0.0;                  // median |λ| last seen
  std::vector<double> last_x_, last_g_;  // of the period's step before, where secants are used
  UpdateRule rule_;
  FisherStep fisher_;
  ScaledSolve scaled_;
  std::vector<double> quotients_;  // [m, examples] of the present step, where fisher_ wants them
};

/// The registry's makers: ZO-SAH, and the same with what works best beyond the paper as defaults.
std::unique_ptr<MethodConfig> zo_sah_config();
std::unique_ptr<MethodConfig> zo_sah_plus_config();
/// zo-sah-plus with what is best for those who pay in time: the same on functions.
std::unique_ptr<MethodConfig> zo_sah_fast_config();

}  // namespace zo
