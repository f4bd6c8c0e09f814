#include "src/methods/zo_sah.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "src/base/error.h"
#include "src/estimators/state_fields.h"

namespace zo {
namespace {

HessianKind kind_of(const std::string& name) {
  if (name == "literal") return HessianKind::Literal;
  if (name == "secant") return HessianKind::Secant;
  if (name == "rotating") return HessianKind::Rotating;
  if (name == "lazy") return HessianKind::Lazy;
  if (name == "cached") return HessianKind::Cached;
  return HessianKind::None;
}

double default_ridge(HessianKind kind) {
  if (kind == HessianKind::Secant) return 1.0;
  return kind == HessianKind::Rotating ? 1e-3 : 1e-6;
}

HessianOptions hessian_options(const ZoSahOptions& options, std::int64_t dimension) {
  const HessianKind kind = kind_of(options.hessian);
  return {.kind = kind,
          .eps = options.eps,
          .radius = options.radius > 0.0 ? options.radius : options.eps,
          .ridge = options.ridge > 0.0 ? options.ridge : default_ridge(kind),
          .basis = options.basis == "consistent" ? Basis::Consistent : Basis::Plain,
          .dimension = dimension};
}

/// m. At least a block, at most d.
std::int64_t subspace_size(const ZoSahOptions& options, std::int64_t dimension) {
  if (options.subspace > 0) return options.subspace;
  if (options.subspace_share == 0.0) return dimension <= 1000 ? dimension : 500;
  const double share = options.subspace_share * static_cast<double>(dimension);
  return std::min(dimension, std::max(options.block, static_cast<std::int64_t>(share)));
}

ZoSahOptions resolved(ZoSahOptions options, std::int64_t dimension) {
  options.subspace = subspace_size(options, dimension);
  return options;
}

SamplingOptions sampling_options(const ZoSahOptions& options, std::uint64_t seed) {
  return {.kind = parse_sampling(options.sampling),
          .seed = seed,
          .size = options.subspace,
          .layer_power = options.layer_power,
          .sweep = kind_of(options.hessian) == HessianKind::Cached};
}

PreconditionerOptions preconditioner_options(const ZoSahOptions& options) {
  return {.kind = parse_preconditioner(options.preconditioner),
          .first_decay = options.momentum,
          .second_decay = options.second_decay};
}

double norm(const std::vector<double>& v) {
  double sum = 0.0;
  for (const double value : v) sum += value * value;
  return std::sqrt(sum);
}

}  // namespace

ZoSah::ZoSah(const ZoSahOptions& options, const Layout& layout, const RunPlan& plan)
    : options_(resolved(options, layout.dimension())),
      kind_(kind_of(options.hessian)),
      corrected_(options.bias_correction == "auto" ? kind_ != HessianKind::Literal
                                                   : options.bias_correction == "true"),
      one_batch_(plan.steps_per_epoch == 0),
      sampler_(sampling_options(options_, plan.seed), layout),
      pairing_(parse_pairing(options.pairing), layout),
      length_(parse_step_rule(options.step), options.trials),
      hessian_(hessian_options(options_, layout.dimension())),
      moments_(preconditioner_options(options_), layout.dimension()) {
  if (options_.step == "auto" && options_.period == 1 && !one_batch_) {
    fail_usage(
        "--step auto: compares the losses of consecutive steps, which need one batch; give "
        "--period 2 or more, for which a batch is kept, or another --step");
  }
  const Subspace shape{std::vector<std::int64_t>(options_.subspace), options_.block};
  fresh_ = BlockHessian::probes_of(kind_, shape, 0) - options_.subspace;
  if (options_.momentum > 0.0 && options_.preconditioner == "none") {
    velocity_.assign(layout.dimension(), 0.0);
  }
  schedule_ = planned_schedule(
      options.lr_schedule, options.lr, plan, [this](std::int64_t k) { return queries_of_step(k); });
}

std::int64_t ZoSah::steps_per_batch_of(const ZoSahOptions& options) {
  const HessianKind kind = kind_of(options.hessian);
  const bool alone =
      kind == HessianKind::Lazy || kind == HessianKind::Cached || kind == HessianKind::None;
  return alone && options.step != "auto" ? 1 : options.period;
}

std::int64_t ZoSah::queries_of_step(std::int64_t k) const {
  std::int64_t queries = 1 + options_.subspace + length_.queries();
  if (k == 0) queries += pairing_.measure_queries();
  if (k % options_.period != 0) return queries;
  const bool measured = !options_.adaptive_order || order_.probes_next();
  return queries + (measured ? fresh_ : 0) + sampler_.unvisited(k / options_.period);
}

void ZoSah::begin_period(std::int64_t period) {
  if (period_ >= 0) pairing_.see_blocks(hessian_.subspace(), hessian_.blocks(), options_.kappa);
  period_ = period;
  last_x_.clear();
  last_g_.clear();
  unseen_ = !options_.adaptive_order || order_.begin_period();
  hessian_.begin({pairing_.arrange(sampler_.draw(period)), options_.block}, median_, unseen_);
  if (!options_.coast) std::fill(velocity_.begin(), velocity_.end(), 0.0);
}

StepReport ZoSah::step(LossOracle& oracle, std::int64_t k) {
  StepReport report = begin_step(oracle, learning_rate(schedule_, k));
  if (report.rejected) return report;

  if (k / options_.period != period_) begin_period(k / options_.period);
  length_.see(report.loss, one_batch_ || k % steps_per_batch() != 0);
  hessian_.absorb(report.loss, oracle.evaluate(hessian_.plan(oracle)));
  report.dropped = hessian_.dropped();

  const std::vector<double> g = hessian_.gradient(corrected_);
  const std::vector<double> v = direction(g, report);
  sampler_.learn(hessian_.subspace().coordinates, g, v);
  see_secant(oracle, g);
  if (options_.pairing == "coded" && !pairing_.measured()) measure_codes(oracle);
  report.rejected = !apply(oracle, g, v, report);
  return report;
}

/// How gradient and θ changed since the last step of the period, told to whom it helps.
void ZoSah::see_secant(LossOracle& oracle, const std::vector<double>& g) {
  const bool watched = options_.adaptive_order && order_.first_order();
  if (options_.pairing != "learned" && !watched) return;
  const auto& at = hessian_.subspace().coordinates;
  std::vector<double> x = oracle.values(at), s, y, unexplained;
  for (std::size_t i = 0; i < last_x_.size(); ++i) {
    s.push_back(x[i] - last_x_[i]);
    y.push_back(g[i] - last_g_[i]);
    unexplained.push_back(y[i] - median_ * s[i]);
  }
  if (!s.empty()) {
    pairing_.see_secant(at, s, y);
    if (watched && norm(y) > 0.0) order_.see_residual(norm(unexplained) / norm(y));
  }
  last_x_ = std::move(x);
  last_g_ = g;
}

void ZoSah::measure_codes(LossOracle& oracle) {
  const Subspace& subspace = hessian_.subspace();
  const std::vector<double> plain = hessian_.gradient(false);
  std::vector<double> gradient(plain.size()), diagonal(plain.size());
  for (std::int64_t s = 0; s < subspace.size(); ++s) {
    const std::int64_t j = s / subspace.block, i = s - subspace.first(j);
    gradient[subspace.coordinates[s]] = plain[s];
    diagonal[subspace.coordinates[s]] =
        hessian_.blocks()[j * subspace.packed() + packed_index(i, i)];
  }
  const double delta = options_.radius > 0.0 ? options_.radius : options_.eps;
  pairing_.measure(oracle, gradient, diagonal, options_.eps, delta);
}

/// v on the slots: the Newton step of every block, the preconditioned gradient, or g.
std::vector<double> ZoSah::direction(const std::vector<double>& g, StepReport& report) {
  report.extra.emplace_back("gradient_norm", norm(g));
  if (options_.preconditioner != "none") return moments_.direction(hessian_.subspace().coordinates, g);
  if (kind_ == HessianKind::None) return g;
  const Clipping clipping{options_.kappa, options_.kappa_rel};
  BlockStep solved = solve_blocks(hessian_.subspace(), hessian_.blocks(), g, clipping, median_);
  median_ = solved.median;
  if (options_.adaptive_order) {
    if (unseen_) order_.see_spread(solved.spread);
    unseen_ = false;
    report.extra.emplace_back("first_order", order_.first_order() ? 1.0 : 0.0);
    report.extra.emplace_back("hessian_spread", solved.spread);
  }
  report.extra.emplace_back("frac_clipped", solved.clipped);
  report.extra.emplace_back("kappa", solved.kappa);
  report.extra.emplace_back("hessian_median", solved.median);
  report.extra.emplace_back("blocks_replaced", static_cast<double>(solved.replaced));
  return std::move(solved.w);
}

/// Feeds v to SGD. False, with θ untouched, when no step length is good or an entry of θ would stop
/// being finite. Where no length is good the buffer is forgotten: it points uphill.
bool ZoSah::apply(LossOracle& oracle,
                  const std::vector<double>& g,
                  const std::vector<double>& v,
                  StepReport& report) {
  std::vector<std::int64_t> at = hessian_.subspace().coordinates;
  std::vector<double> x = oracle.values(at), along(v.size());
  for (std::size_t s = 0; s < v.size(); ++s) along[s] = v[s] + options_.weight_decay * x[s];
  double slope = std::inner_product(g.begin(), g.end(), along.begin(), 0.0);
  if (!velocity_.empty()) {
    std::vector<double> buffer = velocity_;
    for (double& value : buffer) value *= options_.momentum;
    for (std::size_t s = 0; s < at.size(); ++s) buffer[at[s]] += along[s];
    along = std::move(buffer);
    at.resize(along.size());
    std::iota(at.begin(), at.end(), std::int64_t{0});
    x = oracle.theta();
    slope = 0.0;  // not known where the buffer coasts: any fall of the loss will do
  }
  report.lr = length_.choose(oracle, report.loss, report.lr, slope, at, along);
  if (report.lr == 0.0) {
    std::fill(velocity_.begin(), velocity_.end(), 0.0);
    return false;
  }

  Update update;
  double square = 0.0;
  for (std::size_t s = 0; s < at.size(); ++s) {
    const double delta = -report.lr * along[s];
    if (!std::isfinite(oracle.stored(x[s] + delta))) return false;
    if (velocity_.empty()) {
      update.edits.push_back({at[s], delta});
    } else {
      update.dense.push_back(delta);
    }
    square += delta * delta;
  }
  report.extra.emplace_back("step_norm", std::sqrt(square));
  oracle.move(update);
  if (!velocity_.empty()) velocity_ = std::move(along);
  return true;
}

State ZoSah::state() const {
  State state;
  state["period"] = std::vector<std::int64_t>{period_};
  state["median"] = std::vector<double>{median_};
  state["velocity"] = velocity_;
  state["last_x"] = last_x_;
  state["last_g"] = last_g_;
  sampler_.save(state);
  pairing_.save(state);
  order_.save(state);
  length_.save(state);
  moments_.save(state);
  if (period_ < 0) return state;
  state["subspace"] = hessian_.subspace().coordinates;
  hessian_.save(state);
  return state;
}

void ZoSah::load_state(const State& state) {
  velocity_ = state_reals(state, "velocity", velocity_.size());
  median_ = state_reals(state, "median", 1)[0];
  period_ = state_integers(state, "period", 1)[0];
  last_x_ = state_reals(state, "last_x");
  last_g_ = state_reals(state, "last_g", last_x_.size());
  sampler_.load(state);
  pairing_.load(state);
  order_.load(state);
  length_.load(state);
  moments_.load(state);
  if (period_ < 0) return;
  hessian_.load(state, {state_integers(state, "subspace", options_.subspace), options_.block});
}

}  // namespace zo
