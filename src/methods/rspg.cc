#include "src/methods/rspg.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "src/base/error.h"
#include "src/base/philox.h"
#include "src/estimators/directions.h"
#include "src/estimators/forward_estimate.h"
#include "src/estimators/state_fields.h"
#include "src/methods/directional.h"

namespace zo {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// `bound` rounded to storage precision towards `inside`.
double storable(const LossOracle& oracle, double bound, double inside) {
  double value = oracle.stored(bound);
  if (inside > bound ? value >= bound : value <= bound) return value;
  return oracle.precision() == Precision::Float32
             ? std::nextafter(static_cast<float>(value), static_cast<float>(inside))
             : std::nextafter(value, inside);
}

/// The delta that takes x to the target, or next to it on the side of [low, high] where rounding
/// leaves it.
double delta_within(const LossOracle& oracle, double x, double target, double low, double high) {
  double delta = target - x;
  while (oracle.stored(x + delta) > high) delta = std::nextafter(delta, -kInfinity);
  while (oracle.stored(x + delta) < low) delta = std::nextafter(delta, kInfinity);
  return delta;
}

}  // namespace

std::int64_t draw_index(const std::vector<double>& weights, double uniform) {
  const double target = uniform * std::accumulate(weights.begin(), weights.end(), 0.0);
  double sum = 0.0;
  std::int64_t last = 0;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    if (weights[k] <= 0.0) continue;
    sum += weights[k];
    last = static_cast<std::int64_t>(k);
    if (sum > target) break;
  }
  return last;
}

Rspg::Rspg(const RspgOptions& options, const Layout& layout, const RunPlan& plan)
    : options_(options),
      dimension_(layout.dimension()),
      seed_(plan.seed),
      schedule_(planned_schedule(options.lr_schedule, options.lr, plan, [this](std::int64_t k) {
        return queries_of_step(k);
      })) {
  if (options.output == RspgOutput::Last) return;
  if (plan.max_steps == 0 && plan.max_queries == 0) {
    fail_usage(
        "--output random: is drawn from the steps of the run; give --max-steps or --max-queries");
  }
  const std::int64_t steps =
      planned_steps(plan, [this](std::int64_t k) { return queries_of_step(k); });
  std::vector<double> weights;
  weights.reserve(steps);
  for (std::int64_t k = 0; k < steps; ++k) {
    const double gamma = learning_rate(schedule_, k);
    weights.push_back(gamma - options.lipschitz * gamma * gamma);
  }
  output_step_ = draw_index(weights, Philox(seed_, Purpose::Output).uniform(0));
  last_step_ = steps - 1;
}

StepReport Rspg::step(LossOracle& oracle, std::int64_t k) {
  if (output_step_ == k) output_ = oracle.theta();
  StepReport report = descend(oracle, k);
  if (output_step_ && k >= last_step_) {
    Update to_output;
    to_output.dense = oracle.theta();
    for (std::size_t i = 0; i < output_.size(); ++i) {
      to_output.dense[i] = output_[i] - to_output.dense[i];
    }
    oracle.move(to_output);
  }
  return report;
}

StepReport Rspg::descend(LossOracle& oracle, std::int64_t k) const {
  StepReport report = begin_step(oracle, learning_rate(schedule_, k));
  if (report.rejected) return report;

  ForwardEstimate g = forward_estimate(
      oracle, seeded_directions({.seed = seed_, .step = k}, options_.directions), options_.eps);
  report.dropped = g.dropped;
  report.rejected = g.terms.empty() || !project(oracle, std::move(g.terms), report);
  return report;
}

/// The projected step along Ḡ. False, with θ untouched, when it could carry θ out of range.
bool Rspg::project(LossOracle& oracle, std::vector<DenseProbe> estimate, StepReport& report) const {
  for (DenseProbe& term : estimate) term.scale *= -report.lr;
  if (options_.prox == Prox::None) return move_along(oracle, std::move(estimate));
  if (!bounded(estimate)) return false;

  const std::vector<double> x = oracle.theta();
  std::vector<double> target = x;
  for (const DenseProbe& term : estimate) add_direction(term, target);
  const double low = storable(oracle, options_.box_low, options_.box_high);
  const double high = storable(oracle, options_.box_high, options_.box_low);
  if (options_.prox == Prox::Box && low > high) {
    fail_run(
        "--box-low {}: no number of the precision of θ lies between it and --box-high {}; widen "
        "the box",
        options_.box_low,
        options_.box_high);
  }
  Update update;
  update.dense.resize(x.size());
  double square = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (options_.prox == Prox::Box) {
      update.dense[i] = delta_within(oracle, x[i], std::clamp(target[i], low, high), low, high);
    } else {
      const double shrunk = std::max(std::abs(target[i]) - report.lr * options_.l1, 0.0);
      update.dense[i] = std::copysign(shrunk, target[i]) - x[i];
    }
    square += update.dense[i] * update.dense[i];
  }
  report.extra.emplace_back("projected_gradient", std::sqrt(square) / report.lr);
  oracle.move(update);
  return true;
}

void Rspg::load_state(const State& state) {
  output_ = state_reals(state, "output");
  if (!output_.empty()) state_reals(state, "output", dimension_);
}

namespace {

class RspgConfig final : public MethodConfig {
 public:
  void describe(OptionTable& table) override {
    RspgOptions& o = options_;
    table.add("directions", &o.directions, Range::at_least(1), "m, Gaussian directions a step");
    table.add("eps",
              &o.eps,
              Range::positive_up_to(1e6),
              "μ, distance of a probe in units of u ~ N(0, I)");
    table.add("lr", &o.lr, Range::positive(), "γ, step length").on_networks("0.003");
    static const Names<Prox> proxes = {{Prox::None, "none"}, {Prox::Box, "box"}, {Prox::L1, "l1"}};
    table.add("prox", &o.prox, proxes, "constraint set or penalty");
    table.add(
        "box-low", &o.box_low, Range::any(), "lower bound of every coordinate with --prox box");
    table.add(
        "box-high", &o.box_high, Range::any(), "upper bound of every coordinate with --prox box");
    table.add("l1", &o.l1, Range::at_least(0), "weight of the sum of moduli with --prox l1");
    static const Names<RspgOutput> outputs = {{RspgOutput::Last, "last"},
                                              {RspgOutput::Random, "random"}};
    table.add("output", &o.output, outputs, "the iterate that the run ends with");
    table.add("lipschitz",
              &o.lipschitz,
              Range::at_least(0),
              "L of the gradient, in the chances of --output random; 0: in proportion to the step "
              "length");
    add_schedule(table, o.lr_schedule);
  }

  void check(const Layout&) const override {
    const RspgOptions& o = options_;
    if (o.prox == Prox::Box && !(o.box_low < o.box_high)) {
      fail_usage("--box-low {}: must be less than --box-high {}", o.box_low, o.box_high);
    }
    if (o.output == RspgOutput::Random && o.lipschitz * o.lr >= 1.0) {
      fail_usage(
          "--lipschitz {}: P(R = k) is in proportion to lr − L·lr², which needs --lr {} below 1/L "
          "= {}; "
          "lower --lr",
          o.lipschitz,
          o.lr,
          1.0 / o.lipschitz);
    }
  }

  std::unique_ptr<Method> make(const Layout& layout, const RunPlan& plan) const override {
    return std::make_unique<Rspg>(options_, layout, plan);
  }

 private:
  RspgOptions options_;
};

}  // namespace

std::unique_ptr<MethodConfig> rspg_config() { return std::make_unique<RspgConfig>(); }

}  // namespace zo
