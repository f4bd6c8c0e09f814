#include "src/methods/cge.h"

#include <utility>

#include "src/estimators/cge.h"
#include "src/estimators/state_fields.h"

namespace zo {
namespace {

CgeOptions resolved(CgeOptions options, std::int64_t dimension) {
  if (options.subspace == 0) options.subspace = dimension;
  return options;
}

SamplingOptions sampling_options(const CgeOptions& options, std::uint64_t seed) {
  return {.kind = options.sampling,
          .seed = seed,
          .size = options.subspace,
          .layer_power = options.layer_power,
          .cost_power = options.cost_power};
}

}  // namespace

Cge::Cge(const CgeOptions& options, const Layout& layout, const RunPlan& plan)
    : options_(resolved(options, layout.dimension())),
      sampler_(sampling_options(options_, plan.seed), layout),
      rule_({.kind = options.update,
             .momentum = options.momentum,
             .second_decay = options.second_decay,
             .floor = options.adam_eps},
            layout.dimension()),
      dimension_(layout.dimension()) {
  schedule_ = planned_schedule(
      options.lr_schedule, options.lr, plan, [this](std::int64_t k) { return queries_of_step(k); });
}

StepReport Cge::step(LossOracle& oracle, std::int64_t k) {
  StepReport report = begin_step(oracle, learning_rate(schedule_, k));
  if (report.rejected) return report;

  if (k / options_.period != period_) {
    period_ = k / options_.period;
    sampler_.price(oracle);
    subset_ = sampler_.draw(period_);
  }
  const CoordinateGradient g = cge(oracle, subset_, options_.eps);
  report.dropped = g.dropped;
  report.extra.emplace_back("gradient_norm", norm(g.gradient));
  UpdateRule::Proposal proposal = rule_.propose(oracle, subset_, g.gradient);
  sampler_.learn(subset_, g.gradient, proposal.direction);
  const auto length = rule_.take(oracle, std::move(proposal), report.lr);
  report.rejected = !length;
  if (length) report.extra.emplace_back("step_norm", *length);
  return report;
}

State Cge::state() const {
  State state;
  state["period"] = std::vector<std::int64_t>{period_};
  state["subset"] = subset_;
  sampler_.save(state);
  rule_.save(state);
  return state;
}

void Cge::load_state(const State& state) {
  period_ = state_places(state, "period", -1, kCountEnd, 1)[0];
  subset_ = state_places(state, "subset", 0, dimension_, period_ < 0 ? 0 : options_.subspace);
  sampler_.load(state);
  rule_.load(state);
}

}  // namespace zo
