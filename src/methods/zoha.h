#pragma once
#include <optional>
#include <vector>

#include "src/estimators/low_rank_root.h"
#include "src/methods/registry.h"
#include "src/methods/schedule.h"

namespace zo {

/// The metric H of the directions.
enum class ZohaHessian { Sampled, Diagonal, Power, None };

/// Options of ZO-HessAware (arXiv 1812.11377). The source gives no verified numbers; the defaults
/// are ours.
struct ZohaOptions {
  std::int64_t directions = 0;  // b, a step; 0: min(d, 50)
  ZohaHessian hessian = ZohaHessian::Sampled;
  std::int64_t hessian_directions = 0;  // b_h; 0: min(d, 50) sampled, min(d, 5) power
  std::int64_t period = 10;             // p, steps a Hessian is in force
  double eps = 1e-3;                    // μ
  double lambda = 0.0;                  // λ; 0: see Zoha
  double lr = 0.01;                     // η
  double diagonal_decay = 0.9;          // ν
  std::int64_t power_iterations = 2;    // products with the Hessian a column and refresh
  bool descent_check = false;
  ScheduleKind lr_schedule = ScheduleKind::Constant;
};

/// ZOHA: Gaussian directions in the metric of an approximate Hessian H ≻ 0,
///     r_i = H^(−1/2) u_i,   Δ_i = f(θ + μ r_i) − f(θ),   θ ← θ − η (1/b) Σ Δ_i/μ · r_i
/// whose mean is −η H⁻¹∇f on quadratics. H is one of
///     Sampled   Σ w_i v_i v_iᵀ + λI,  w_i = |f(θ + μv_i) + f(θ − μv_i) − 2f(θ)| / (2μ²b_h)
///     Power     Σ (max(|λ_i|, λ) − λ) q_i q_iᵀ + λI over b_h leading eigenpairs
///     Diagonal  diag(√D) + λI,  D ← νD + (1 − ν)ĝ²,  ĝ = H · (1/b) Σ Δ_i/μ · r_i
///     None      λI
/// Sampled and Power are estimated anew every p steps, Diagonal costs no queries.
/// On a convex quadratic the mean of the sampled H is A + (½ tr A + λ)I; the modulus makes it
/// positive elsewhere. Power iterates on blocks with Hessian products from differences of
/// coordinate gradients, 4d queries a product, starts where the last refresh ended, and raises λ to
/// the smallest |λ_i|.
/// The option λ = 0 means 0.1 · mean w_i‖v_i‖², at most 1, for Sampled; no floor of its own for
/// Power; 1 for the others.
/// With the descent check a step is taken only where one more probe shows f(θ⁺) ≤ f(θ); else θ
/// stays, and a check that is not finite counts as dropped.
class Zoha final : public Method {
 public:
  Zoha(const ZohaOptions& options, const Layout& layout, const RunPlan& plan);

  StepReport step(LossOracle& oracle, std::int64_t k) override;
  State state() const override;
  void load_state(const State& state) override;
  /// b + 1, one with the descent check, and every p steps the Hessian's: 2b_h sampled,
  /// 4d·b_h·iterations power. After a rejected first step the next one pays for the Hessian.
  std::int64_t queries_of_step(std::int64_t k) const override;

 private:
  std::int64_t refresh_queries() const;
  std::int64_t refresh(LossOracle& oracle, std::int64_t k);
  std::int64_t refresh_sampled(LossOracle& oracle, std::int64_t k);
  std::int64_t refresh_power(LossOracle& oracle, std::int64_t k);
  void build_root();
  std::vector<DenseProbe> scaled_directions(std::int64_t k) const;
  bool take(LossOracle& oracle, std::vector<DenseProbe> directions, StepReport& report);

  ZohaOptions options_;
  std::int64_t dimension_;
  std::uint64_t seed_;
  Schedule schedule_;

  std::int64_t refreshed_ = -1;      // step of the last refresh
  double lambda_ = 1.0;              // λ in force
  std::vector<double> weights_;      // w_i; power: |λ_i| − λ
  std::vector<double> columns_;      // power: the eigenvectors, where the next refresh starts
  std::vector<double> diagonal_;     // D
  std::optional<LowRankRoot> root_;  // from the fields above
};

/// The registry's maker for ZOHA.
std::unique_ptr<MethodConfig> zoha_config();

}  // namespace zo
