#include "src/methods/deepzero.h"

#include <algorithm>

#include "src/base/error.h"
#include "src/estimators/cge.h"
#include "src/estimators/state_fields.h"

namespace zo {

DeepZero::DeepZero(const DeepZeroOptions& options, const Layout& layout, const RunPlan& plan)
    : options_(options),
      layout_(layout),
      plan_(plan),
      active_(active_count(layout, options.density)),
      rule_({.kind = Rule::Momentum,
             .outside = options.mask_update ? Outside::Hold : Outside::Decay,
             .momentum = options.momentum,
             .weight_decay = options.weight_decay},
            layout.dimension()) {
  stretch_protocol();
  if (options.density == 1.0) {
    for (const Segment& segment : layout.segments) layer_counts_.push_back(segment.size);
  }
}

void DeepZero::stretch_protocol() {
  const auto budget = static_cast<double>(
      planned_steps(plan_, [this](std::int64_t k) { return queries_of_step(k); }));
  const auto data_epoch = static_cast<double>(std::max<std::int64_t>(plan_.steps_per_epoch, 1));
  epoch_ = budget > 0.0 ? budget / options_.epochs : data_epoch;
  schedule_ = {.kind = options_.lr_schedule,
               .lr = options_.lr,
               .warmup = options_.warmup_epochs * epoch_,
               .horizon = options_.epochs * epoch_};
}

void DeepZero::follow(const Method& before) {
  layer_counts_ = dynamic_cast<const DeepZero&>(before).layer_counts_;
  follows_ = !layer_counts_.empty();
  stretch_protocol();
}

std::int64_t DeepZero::queries_of_step(std::int64_t k) const {
  return active_ + 1 + (k == 0 ? queries_once() : 0);
}

std::int64_t DeepZero::queries_once() const {
  return options_.density < 1.0 && !follows_ ? 2 * options_.grasp_queries + 1 : 0;
}

std::int64_t DeepZero::mask_number(std::int64_t k) const {
  return static_cast<std::int64_t>(static_cast<double>(k) / (options_.mask_interval * epoch_));
}

StepReport DeepZero::step(LossOracle& oracle, std::int64_t k) {
  StepReport report = begin_step(oracle, learning_rate(schedule_, k));
  if (report.rejected) return report;

  if (layer_counts_.empty()) {
    const std::vector<double> hg = zo_hessian_gradient(
        oracle, options_.grasp_radius, options_.grasp_queries, {.seed = plan_.seed});
    layer_counts_ = grasp_counts(layout_, oracle.theta(), hg, options_.density);
  }
  const auto active = layerwise_random_mask(layout_, layer_counts_, plan_.seed, mask_number(k));
  const CoordinateGradient g = cge(oracle, active, options_.eps);
  report.dropped = g.dropped;
  report.extra.emplace_back("active", static_cast<double>(active.size()));
  report.extra.emplace_back("mask", static_cast<double>(mask_number(k)));
  const auto length = rule_.take(oracle, rule_.propose(oracle, active, g.gradient), report.lr);
  report.rejected = !length;
  if (report.rejected) return report;
  report.extra.emplace_back("gradient_norm", norm(g.gradient));
  report.extra.emplace_back("step_norm", *length);
  return report;
}

State DeepZero::state() const {
  State state{{"layer_counts", layer_counts_}};
  rule_.save(state);
  return state;
}

void DeepZero::load_state(const State& state) {
  rule_.load(state);
  layer_counts_ = state_integers(state, "layer_counts");
  if (layer_counts_.empty()) return;
  state_integers(state, "layer_counts", layout_.segments.size());
  for (std::size_t i = 0; i < layer_counts_.size(); ++i) {
    if (layer_counts_[i] >= 0 && layer_counts_[i] <= layout_.segments[i].size) continue;
    fail_run("the saved state of the method has {} active coordinates of {}, which has {}",
             layer_counts_[i],
             layout_.segments[i].name,
             layout_.segments[i].size);
  }
}

}  // namespace zo
