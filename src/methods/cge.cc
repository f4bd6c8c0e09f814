#include "src/methods/cge.h"

#include "src/base/error.h"
#include "src/estimators/cge.h"
#include "src/estimators/subspace.h"

namespace zo {

Cge::Cge(const CgeOptions& options, const Layout& layout, const RunPlan& plan)
    : options_(options),
      dimension_(layout.dimension()),
      seed_(plan.seed),
      rule_({.kind = options.update,
             .momentum = options.momentum,
             .second_decay = options.second_decay,
             .floor = options.adam_eps},
            layout.dimension()) {
  if (options_.subspace == 0) options_.subspace = dimension_;
  schedule_ = planned_schedule(
      options.lr_schedule, options.lr, plan, [this](std::int64_t k) { return queries_of_step(k); });
}

StepReport Cge::step(LossOracle& oracle, std::int64_t k) {
  StepReport report = begin_step(oracle, learning_rate(schedule_, k));
  if (report.rejected) return report;

  const Subspace subset =
      draw_subspace(seed_, k / options_.period, dimension_, options_.subspace, 1);
  const CoordinateGradient g = cge(oracle, subset.coordinates, options_.eps);
  report.dropped = g.dropped;
  report.extra.emplace_back("gradient_norm", norm(g.gradient));
  const auto length =
      rule_.take(oracle, rule_.propose(oracle, subset.coordinates, g.gradient), report.lr);
  report.rejected = !length;
  if (length) report.extra.emplace_back("step_norm", *length);
  return report;
}

State Cge::state() const {
  State state;
  rule_.save(state);
  return state;
}

namespace {

class CgeConfig final : public MethodConfig {
 public:
  void describe(OptionTable& table) override {
    CgeOptions& o = options_;
    table.add("subspace", &o.subspace, Range::at_least(0), "m, coordinates probed a step; 0: all");
    table.add("period", &o.period, Range::at_least(1), "steps a random subset is kept");
    static const Names<Rule> rules = {
        {Rule::Plain, "sgd"}, {Rule::Momentum, "momentum"}, {Rule::Adam, "adam"}};
    table.add("update", &o.update, rules, "what the gradient estimate is fed to");
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
