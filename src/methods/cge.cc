#include "src/methods/cge.h"

#include <cmath>
#include <utility>

#include "src/base/error.h"
#include "src/estimators/cge.h"
#include "src/estimators/state_fields.h"
#include "src/estimators/subspace.h"
#include "src/methods/directional.h"

namespace zo {

Cge::Cge(const CgeOptions& options, const Layout& layout, const RunPlan& plan)
    : options_(options), dimension_(layout.dimension()), seed_(plan.seed) {
  if (options_.subspace == 0) options_.subspace = dimension_;
  schedule_ = planned_schedule(
      options.lr_schedule, options.lr, plan, [this](std::int64_t k) { return queries_of_step(k); });
  if (options.update != "sgd") moments_.first.assign(dimension_, 0.0);
  if (options.update == "adam") {
    moments_.second.assign(dimension_, 0.0);
    moments_.count.assign(dimension_, 0);
  }
}

StepReport Cge::step(LossOracle& oracle, std::int64_t k) {
  StepReport report = begin_step(oracle, learning_rate(schedule_, k));
  if (report.rejected) return report;

  const Subspace subset =
      draw_subspace(seed_, k / options_.period, dimension_, options_.subspace, 1);
  const CoordinateGradient g = cge(oracle, subset.coordinates, options_.eps);
  report.dropped = g.dropped;
  Moments moments = moments_;
  const Update moved = update(subset.coordinates, g.gradient, report.lr, moments);

  double gradient_square = 0.0, step_square = 0.0;
  for (const double value : g.gradient) gradient_square += value * value;
  std::vector<double> theta = oracle.theta();
  const auto shift = [&](std::int64_t i, double delta) {
    step_square += delta * delta;
    report.rejected = report.rejected || !std::isfinite(oracle.stored(theta[i] + delta));
  };
  for (const Edit& edit : moved.edits) shift(edit.index, edit.delta);
  for (std::size_t i = 0; i < moved.dense.size(); ++i) {
    shift(static_cast<std::int64_t>(i), moved.dense[i]);
  }
  report.extra.emplace_back("gradient_norm", std::sqrt(gradient_square));
  report.extra.emplace_back("step_norm", std::sqrt(step_square));
  if (report.rejected) return report;
  oracle.move(moved);
  moments_ = std::move(moments);
  return report;
}

/// The chosen rule's step for gradient `g` on the coordinates `at`; folds g into `moments`.
Update Cge::update(const std::vector<std::int64_t>& at,
                   const std::vector<double>& g,
                   double lr,
                   Moments& moments) const {
  Update result;
  const double keep = options_.momentum, keep2 = options_.second_decay;
  if (options_.update == "momentum") {
    for (double& value : moments.first) value *= keep;
    for (std::size_t s = 0; s < at.size(); ++s) moments.first[at[s]] += g[s];
    for (const double value : moments.first) result.dense.push_back(-lr * value);
    return result;
  }
  for (std::size_t s = 0; s < at.size(); ++s) {
    const std::int64_t i = at[s];
    double direction = g[s];
    if (options_.update == "adam") {
      moments.first[i] = keep * moments.first[i] + (1.0 - keep) * g[s];
      moments.second[i] = keep2 * moments.second[i] + (1.0 - keep2) * g[s] * g[s];
      const auto times = static_cast<double>(++moments.count[i]);
      const double first = moments.first[i] / (1.0 - std::pow(keep, times));
      const double second = moments.second[i] / (1.0 - std::pow(keep2, times));
      direction = first / (std::sqrt(second) + options_.adam_eps);
    }
    result.edits.push_back({i, -lr * direction});
  }
  return result;
}

State Cge::state() const {
  return {{"first", moments_.first}, {"second", moments_.second}, {"count", moments_.count}};
}

void Cge::load_state(const State& state) {
  moments_.first = state_reals(state, "first", moments_.first.size());
  moments_.second = state_reals(state, "second", moments_.second.size());
  moments_.count = state_integers(state, "count", moments_.count.size());
}

namespace {

class CgeConfig final : public MethodConfig {
 public:
  void describe(OptionTable& table) override {
    CgeOptions& o = options_;
    table.add("subspace", &o.subspace, Range::at_least(0), "m, coordinates probed a step; 0: all");
    table.add("period", &o.period, Range::at_least(1), "steps a random subset is kept");
    table.add(
        "update", &o.update, {"sgd", "momentum", "adam"}, "what the gradient estimate is fed to");
    table.add("eps", &o.eps, Range::positive(), "step of the coordinate differences");
    table.add("lr", &o.lr, Range::positive(), "step length");
    table.add("momentum", &o.momentum, Range{0.0, 1.0, false, true}, "β₁ of momentum and adam");
    table.add("second-decay", &o.second_decay, Range{0.0, 1.0, false, true}, "β₂ of adam");
    table.add(
        "adam-eps", &o.adam_eps, Range::positive(), "added to the root of adam's second moment");
    table.add("lr-schedule", &o.lr_schedule, schedule_kinds(), "over --max-steps or --max-queries");
  }

  void check(const Layout& layout) const override {
    if (options_.subspace > layout.dimension()) {
      fail_usage("--subspace {}: there are only {} coordinates; give at most that, or 0 for all",
                 options_.subspace,
                 layout.dimension());
    }
  }

  std::unique_ptr<Method> make(const Layout& layout, const RunPlan& plan) const override {
    return std::make_unique<Cge>(options_, layout, plan);
  }

 private:
  CgeOptions options_;
};

}  // namespace

std::unique_ptr<MethodConfig> cge_config() { return std::make_unique<CgeConfig>(); }

}  // namespace zo
