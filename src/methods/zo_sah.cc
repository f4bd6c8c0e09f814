#include "src/methods/zo_sah.h"

#include <algorithm>
#include <cmath>

#include "src/base/error.h"
#include "src/estimators/state_fields.h"

namespace zo {
namespace {

HessianKind kind_of(const std::string& name) {
  if (name == "literal") return HessianKind::Literal;
  if (name == "secant") return HessianKind::Secant;
  if (name == "rotating") return HessianKind::Rotating;
  if (name == "lazy") return HessianKind::Lazy;
  return HessianKind::None;
}

double default_ridge(HessianKind kind) {
  if (kind == HessianKind::Secant) return 1.0;
  return kind == HessianKind::Rotating ? 1e-3 : 1e-6;
}

HessianOptions hessian_options(const ZoSahOptions& options) {
  const HessianKind kind = kind_of(options.hessian);
  return {.kind = kind,
          .eps = options.eps,
          .radius = options.radius > 0.0 ? options.radius : options.eps,
          .ridge = options.ridge > 0.0 ? options.ridge : default_ridge(kind),
          .basis = options.basis == "consistent" ? Basis::Consistent : Basis::Plain};
}

double norm(const std::vector<double>& v) {
  double sum = 0.0;
  for (const double value : v) sum += value * value;
  return std::sqrt(sum);
}

}  // namespace

ZoSah::ZoSah(const ZoSahOptions& options, std::int64_t dimension, const RunPlan& plan)
    : options_(options),
      dimension_(dimension),
      seed_(plan.seed),
      kind_(kind_of(options.hessian)),
      corrected_(options.bias_correction == "auto" ? kind_ != HessianKind::Literal
                                                   : options.bias_correction == "true"),
      hessian_(hessian_options(options)) {
  if (options_.subspace == 0) options_.subspace = dimension <= 1000 ? dimension : 500;
  const std::int64_t m = options_.subspace;
  const Subspace shape{std::vector<std::int64_t>(m), options_.block};
  fresh_ = BlockHessian::probes_of(kind_, shape, 0) - m;
  if (options_.momentum > 0.0) velocity_.assign(dimension, 0.0);
  schedule_ = planned_schedule(
      options.lr_schedule, options.lr, plan, [this](std::int64_t k) { return queries_of_step(k); });
}

Subspace ZoSah::subspace_of(std::int64_t period) const {
  return draw_subspace(seed_, period, dimension_, options_.subspace, options_.block);
}

std::int64_t ZoSah::steps_per_batch() const {
  return kind_ == HessianKind::Lazy || kind_ == HessianKind::None ? 1 : options_.period;
}

std::int64_t ZoSah::queries_of_step(std::int64_t k) const {
  return 1 + options_.subspace + (k % options_.period == 0 ? fresh_ : 0);
}

StepReport ZoSah::step(LossOracle& oracle, std::int64_t k) {
  StepReport report;
  report.loss = oracle.base();
  report.lr = learning_rate(schedule_, k);
  report.rejected = !std::isfinite(report.loss);
  if (report.rejected) return report;

  if (k / options_.period != period_) {
    period_ = k / options_.period;
    hessian_.begin(subspace_of(period_), median_);
    if (!options_.coast) std::fill(velocity_.begin(), velocity_.end(), 0.0);
  }
  hessian_.absorb(report.loss, oracle.evaluate(hessian_.plan(oracle)));
  report.dropped = hessian_.dropped();

  std::vector<double> v = hessian_.gradient(corrected_);
  report.extra.emplace_back("gradient_norm", norm(v));
  if (kind_ != HessianKind::None) {
    const Clipping clipping{options_.kappa, options_.kappa_rel};
    BlockStep solved = solve_blocks(hessian_.subspace(), hessian_.blocks(), v, clipping, median_);
    v = std::move(solved.w);
    median_ = solved.median;
    report.extra.emplace_back("frac_clipped", solved.clipped);
    report.extra.emplace_back("kappa", solved.kappa);
    report.extra.emplace_back("hessian_median", solved.median);
    report.extra.emplace_back("blocks_replaced", static_cast<double>(solved.replaced));
  }
  report.rejected = !apply(oracle, v, report);
  return report;
}

/// Feeds v to SGD. False, with θ and buffer untouched, when an entry of θ would stop being finite.
bool ZoSah::apply(LossOracle& oracle, const std::vector<double>& v, StepReport& report) {
  const auto& at = hessian_.subspace().coordinates;
  const std::vector<double> x = oracle.values(at);
  std::vector<double> direction(v.size());
  for (std::size_t s = 0; s < v.size(); ++s) direction[s] = v[s] + options_.weight_decay * x[s];

  Update update;
  std::vector<double> moved;  // θ behind the step, where it changes
  std::vector<double> velocity = velocity_;
  if (velocity.empty()) {
    for (std::size_t s = 0; s < at.size(); ++s) {
      update.edits.push_back({at[s], -report.lr * direction[s]});
      moved.push_back(x[s] + update.edits.back().delta);
    }
  } else {
    for (double& value : velocity) value *= options_.momentum;
    for (std::size_t s = 0; s < at.size(); ++s) velocity[at[s]] += direction[s];
    moved = oracle.theta();
    for (std::size_t i = 0; i < velocity.size(); ++i) {
      update.dense.push_back(-report.lr * velocity[i]);
      moved[i] += update.dense[i];
    }
  }
  const bool finite = std::all_of(moved.begin(), moved.end(), [&](double value) {
    return std::isfinite(oracle.stored(value));
  });
  if (!finite) return false;
  double square = 0.0;
  for (const Edit& edit : update.edits) square += edit.delta * edit.delta;
  for (const double delta : update.dense) square += delta * delta;
  report.extra.emplace_back("step_norm", std::sqrt(square));
  oracle.move(update);
  velocity_ = std::move(velocity);
  return true;
}

State ZoSah::state() const {
  State state;
  state["period"] = std::vector<std::int64_t>{period_};
  state["median"] = std::vector<double>{median_};
  state["velocity"] = velocity_;
  if (period_ >= 0) hessian_.save(state);
  return state;
}

void ZoSah::load_state(const State& state) {
  velocity_ = state_reals(state, "velocity", velocity_.size());
  median_ = state_reals(state, "median", 1)[0];
  period_ = state_integers(state, "period", 1)[0];
  if (period_ >= 0) hessian_.load(state, subspace_of(period_));
}

}  // namespace zo
