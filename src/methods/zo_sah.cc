#include "src/methods/zo_sah.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "src/base/error.h"
#include "src/estimators/state_fields.h"

namespace zo {
namespace {

double probe_radius(const ZoSahOptions& options) {
  return options.radius > 0.0 ? options.radius : options.eps;
}

/// m. At least a block, at most d.
std::int64_t subspace_size(const ZoSahOptions& options, std::int64_t dimension) {
  if (options.subspace > 0) return options.subspace;
  if (options.subspace_share == 0.0) return dimension <= 1000 ? dimension : 500;
  const double share = options.subspace_share * static_cast<double>(dimension);
  return std::min(dimension, std::max(options.block, static_cast<std::int64_t>(share)));
}

CurvatureOptions curvature_options(const ZoSahOptions& options, std::int64_t dimension) {
  return {.kind = options.hessian,
          .radius = probe_radius(options),
          .ridge = options.ridge,
          .basis = options.basis,
          .adaptive_order = options.adaptive_order,
          .dimension = dimension};
}

ZoSahOptions resolved(ZoSahOptions options, std::int64_t dimension) {
  options.subspace = subspace_size(options, dimension);
  if (options.block == 0) options.block = options.subspace;
  if (options.hessian == CurvatureKind::Fisher) options.scaled = false;  // it is anyway
  return options;
}

SamplingOptions sampling_options(const ZoSahOptions& options,
                                 const Curvature& curvature,
                                 std::uint64_t seed) {
  return {.kind = options.sampling,
          .seed = seed,
          .size = options.subspace,
          .layer_power = options.layer_power,
          .cost_power = options.cost_power,
          .sweep = curvature.visits_all_first()};
}

RuleOptions rule_options(const ZoSahOptions& options) {
  const bool averaged = options.scaled || options.hessian == CurvatureKind::Fisher;
  const bool buffer = options.momentum > 0.0 && !averaged;
  return {.kind = buffer ? Rule::Momentum : Rule::Plain,
          .outside = options.coast ? Outside::Coast : Outside::Forget,
          .momentum = options.momentum,
          .weight_decay = options.weight_decay};
}

FisherOptions fisher_options(const ZoSahOptions& options) {
  return {.damping = options.damping,
          .trust = options.trust,
          .first_decay = options.momentum,
          .second_decay = options.second_decay,
          .floor = options.scale_floor};
}

double first_share(const ZoSahOptions& options) {
  return options.first_lr > 0.0 ? std::min(1.0, options.first_lr / options.lr) : 1.0;
}

/// The slots whose fall lies beyond a bound they stand on. Their slope becomes 0: nothing of it can be
/// had, and a step through a block's couplings would be measured against it.
std::vector<std::size_t> hold(const LossOracle& oracle,
                              std::span<const std::int64_t> at,
                              std::span<double> g) {
  std::vector<std::size_t> held;
  for (std::size_t s = 0; s < g.size(); ++s) {
    if (!oracle.blocked(at[s], -g[s])) continue;
    held.push_back(s);
    g[s] = 0.0;
  }
  return held;
}

/// Rises of the losses of examples over the steps that caused them: `rows` [steps, examples]
/// becomes quotients.
void divide(std::span<double> rows, std::span<const double> base, std::span<const double> steps) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = (rows[i] - base[i % base.size()]) / steps[i / base.size()];
  }
}

}  // namespace

ZoSah::ZoSah(const ZoSahOptions& options, const Layout& layout, const RunPlan& plan)
    : options_(resolved(options, layout.dimension())),
      hessian_(make_curvature(curvature_options(options, layout.dimension())), options.eps),
      corrected_(options.bias_correction == BiasCorrection::Auto
                     ? hessian_.curvature().corrects_bias()
                     : options.bias_correction == BiasCorrection::On),
      one_batch_(plan.steps_per_epoch == 0),
      sampler_(sampling_options(options_, hessian_.curvature(), plan.seed), layout),
      pairing_(options.pairing, layout),
      length_(options.step, options.trials, first_share(options), options.look_every),
      dimension_(layout.dimension()),
      rule_(rule_options(options_), layout.dimension()),
      fisher_(fisher_options(options_), natural() ? layout.dimension() : 0),
      scaled_(options.momentum,
              options.second_decay,
              options.scale_floor,
              options_.scaled ? layout.dimension() : 0) {
  if (options_.step == StepRule::Auto && options_.period == 1 && !one_batch_) {
    fail_usage(
        "--step auto: compares the losses of consecutive steps, which need one batch; give "
        "--period 2 or more, for which a batch is kept, or another --step");
  }
  schedule_ = planned_schedule(
      options.lr_schedule, options.lr, plan, [this](std::int64_t k) { return queries_of_step(k); });
}

std::int64_t ZoSah::steps_per_batch_of(const ZoSahOptions& options) {
  const bool compares =
      make_curvature(curvature_options(options, 0))->window() > 1 || options.step == StepRule::Auto;
  return compares ? options.period : 1;
}

std::int64_t ZoSah::queries_of_step(std::int64_t k) const {
  std::int64_t queries = 1 + options_.subspace + length_.queries(k);
  if (k == 0) queries += pairing_.measure_queries();
  if (k % options_.period != 0) return queries;
  const Subspace shape{std::vector<std::int64_t>(options_.subspace), options_.block};
  return queries + hessian_.curvature().fresh_probes(shape) +
         sampler_.unvisited(k / options_.period);
}

void ZoSah::begin_period(std::int64_t period) {
  if (period_ >= 0) pairing_.see_blocks(hessian_.subspace(), hessian_.blocks(), options_.kappa);
  period_ = period;
  last_x_.clear();
  last_g_.clear();
  hessian_.begin({pairing_.arrange(sampler_.draw(period)), options_.block}, median_);
  rule_.begin_subset();
  if (natural()) fisher_.begin(hessian_.subspace());
}

/// The losses of all probes of the step, shared out to those who wanted them.
void ZoSah::ask(LossOracle& oracle, std::int64_t k, double base) {
  std::vector<Probe> probes = hessian_.plan(oracle);
  const std::size_t own = probes.size();
  length_.plan(oracle, k, probes);
  const std::vector<double> losses =
      natural() ? oracle.evaluate(probes, quotients_) : oracle.evaluate(probes);
  const std::span<const double> all(losses);
  hessian_.absorb(base, all.first(own));
  length_.absorb(base, all.subspan(own));
  if (!natural()) return;
  quotients_.resize(own * oracle.examples());
  divide(quotients_, oracle.base_examples(), hessian_.record().step);
}

StepReport ZoSah::step(LossOracle& oracle, std::int64_t k) {
  StepReport report = begin_step(oracle, learning_rate(schedule_, k));
  if (report.rejected) return report;

  const std::int64_t non_finite = oracle.ledger().non_finite;
  if (k / options_.period != period_) {
    sampler_.price(oracle);
    begin_period(k / options_.period);
  }
  length_.see(report.loss, one_batch_ || k % steps_per_batch() != 0);
  ask(oracle, k, report.loss);
  report.dropped = hessian_.dropped();

  std::vector<double> g = hessian_.gradient(corrected_);
  const auto& at = hessian_.subspace().coordinates;
  const std::vector<std::size_t> held = hold(oracle, at, g);
  UpdateRule::Proposal proposal = rule_.propose(oracle, at, direction(g, report));
  for (const std::size_t s : held) proposal.along[proposal.everywhere ? at[s] : s] = 0.0;
  sampler_.learn(at, g, proposal.direction, fisher_.noise());
  see_secant(oracle, g);
  if (options_.pairing == PairingKind::Coded && !pairing_.measured()) measure_codes(oracle);
  report.rejected = !apply(oracle, g, std::move(proposal), report);
  report.no_descent = report.lr == 0.0 && oracle.ledger().non_finite == non_finite;
  // What a period has seen is of no use behind its last step, and large.
  if (natural() && (k + 1) % options_.period == 0) fisher_.begin(hessian_.subspace());
  return report;
}

/// How gradient and θ changed since the last step of the period, told to whom it helps.
void ZoSah::see_secant(LossOracle& oracle, const std::vector<double>& g) {
  const bool watched = hessian_.curvature().watches_secants();
  if (options_.pairing != PairingKind::Learned && !watched) return;
  const auto& at = hessian_.subspace().coordinates;
  std::vector<double> x = oracle.values(at), s, y;
  for (std::size_t i = 0; i < last_x_.size(); ++i) {
    s.push_back(x[i] - last_x_[i]);
    y.push_back(g[i] - last_g_[i]);
  }
  if (!s.empty()) {
    pairing_.see_secant(at, s, y);
    if (watched) hessian_.curvature().see_secant(s, y, median_);
  }
  last_x_ = std::move(x);
  last_g_ = g;
}

void ZoSah::measure_codes(LossOracle& oracle) {
  const Subspace& subspace = hessian_.subspace();
  const std::vector<double> plain = hessian_.gradient(false);
  std::vector<double> gradient(plain.size()), diagonal(plain.size());
  for (std::int64_t s = 0; s < subspace.size(); ++s) {
    gradient[subspace.coordinates[s]] = plain[s];
    diagonal[subspace.coordinates[s]] = hessian_.blocks()[subspace.diagonal(s)];
  }
  pairing_.measure(oracle, gradient, diagonal, options_.eps, probe_radius(options_));
}

/// What the rule is fed: the natural step, the Newton step of every block, or g.
std::vector<double> ZoSah::direction(const std::vector<double>& g, StepReport& report) {
  report.extra.emplace_back("gradient_norm", norm(g));
  if (!natural() && !hessian_.blocks().empty()) return newton(g, report);
  if (!natural()) return options_.scaled ? scaled_.step(hessian_.subspace(), g) : g;
  const auto examples = static_cast<std::int64_t>(quotients_.size() / g.size());
  std::vector<double> v = fisher_.step(hessian_.subspace(), quotients_, examples);
  report.extra.emplace_back("decrement", fisher_.decrement());
  return v;
}

std::vector<double> ZoSah::newton(const std::vector<double>& g, StepReport& report) {
  const Clipping clipping{options_.kappa, options_.kappa_rel};
  const Subspace& subspace = hessian_.subspace();
  BlockStep solved = options_.scaled
                         ? scaled_.step(subspace, hessian_.blocks(), g, clipping, median_)
                         : solve_blocks(subspace, hessian_.blocks(), g, clipping, median_);
  median_ = solved.median;
  hessian_.curvature().see_spread(solved.spread);
  hessian_.curvature().report(report.extra);
  report.extra.emplace_back("frac_clipped", solved.clipped);
  report.extra.emplace_back("kappa", solved.kappa);
  report.extra.emplace_back("hessian_median", solved.median);
  report.extra.emplace_back("blocks_replaced", static_cast<double>(solved.replaced));
  return std::move(solved.w);
}

/// Takes the step of the rule at a good length. False, with θ untouched, when there is none or an
/// entry of θ would stop being finite.
bool ZoSah::apply(LossOracle& oracle,
                  const std::vector<double>& g,
                  UpdateRule::Proposal proposal,
                  StepReport& report) {
  // Where a buffer coasts the slope is not known: any fall of the loss will do.
  const double slope = proposal.everywhere
                           ? 0.0
                           : std::inner_product(g.begin(), g.end(), proposal.along.begin(), 0.0);
  report.lr = length_.choose(oracle, report.loss, report.lr, slope, proposal.at, proposal.along);
  if (report.lr == 0.0) {
    rule_.refuse(std::move(proposal));
    return false;
  }
  const auto length = rule_.take(oracle, std::move(proposal), report.lr);
  if (length) report.extra.emplace_back("step_norm", *length);
  return length.has_value();
}

State ZoSah::state() const {
  State state;
  state["period"] = std::vector<std::int64_t>{period_};
  state["median"] = std::vector<double>{median_};
  state["last_x"] = last_x_;
  state["last_g"] = last_g_;
  sampler_.save(state);
  pairing_.save(state);
  length_.save(state);
  rule_.save(state);
  if (natural()) fisher_.save(state);
  if (options_.scaled) scaled_.save(state);
  if (period_ < 0) return state;
  state["subspace"] = hessian_.subspace().coordinates;
  hessian_.save(state);
  return state;
}

void ZoSah::load_state(const State& state) {
  median_ = state_reals(state, "median", 1)[0];
  period_ = state_places(state, "period", -1, kCountEnd, 1)[0];
  last_x_ = state_reals(state, "last_x");
  last_g_ = state_reals(state, "last_g", last_x_.size());
  sampler_.load(state);
  pairing_.load(state);
  length_.load(state, dimension_);
  rule_.load(state);
  if (options_.scaled) scaled_.load(state);
  if (period_ < 0) return;
  const Subspace subspace{state_places(state, "subspace", 0, dimension_, options_.subspace),
                          options_.block};
  hessian_.load(state, subspace);
  if (natural()) fisher_.load(state, subspace);
}

}  // namespace zo
