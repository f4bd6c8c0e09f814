#include "src/methods/deepzero.h"

#include <algorithm>
#include <cmath>

#include "src/estimators/cge.h"
#include "src/estimators/state_fields.h"

namespace zo {

DeepZero::DeepZero(const DeepZeroOptions& options, const Layout& layout, const RunPlan& plan)
    : options_(options),
      layout_(layout),
      seed_(plan.seed),
      active_(active_count(layout, options.density)),
      velocity_(layout.dimension(), 0.0) {
  const auto budget = static_cast<double>(
      planned_steps(plan, [this](std::int64_t k) { return queries_of_step(k); }));
  const auto data_epoch = static_cast<double>(std::max<std::int64_t>(plan.steps_per_epoch, 1));
  epoch_ = budget > 0.0 ? budget / options.epochs : data_epoch;
  schedule_ = {.kind = options.lr_schedule,
               .lr = options.lr,
               .warmup = options.warmup_epochs * epoch_,
               .horizon = options.epochs * epoch_};
  if (options.density == 1.0) {
    for (const Segment& segment : layout.segments) kept_.push_back(segment.size);
  }
}

std::int64_t DeepZero::queries_of_step(std::int64_t k) const {
  const bool ranks_layers = k == 0 && options_.density < 1.0;
  return active_ + 1 + (ranks_layers ? 2 * options_.grasp_queries + 1 : 0);
}

std::int64_t DeepZero::mask_number(std::int64_t k) const {
  return static_cast<std::int64_t>(static_cast<double>(k) / (options_.mask_interval * epoch_));
}

StepReport DeepZero::step(LossOracle& oracle, std::int64_t k) {
  StepReport report = begin_step(oracle, learning_rate(schedule_, k));
  if (report.rejected) return report;

  if (kept_.empty()) {
    const std::vector<double> hg =
        zo_hessian_gradient(oracle, options_.grasp_radius, options_.grasp_queries, {.seed = seed_});
    kept_ = grasp_counts(layout_, oracle.theta(), hg, options_.density);
  }
  const auto active = layerwise_random_mask(layout_, kept_, seed_, mask_number(k));
  const CoordinateGradient g = cge(oracle, active, options_.eps);
  report.dropped = g.dropped;
  report.extra.emplace_back("active", static_cast<double>(active.size()));
  report.extra.emplace_back("mask", static_cast<double>(mask_number(k)));
  report.rejected = !apply(oracle, active, g.gradient, report);
  return report;
}

/// One SGD step. False, with θ and buffer untouched, when an entry of θ would stop being finite.
bool DeepZero::apply(LossOracle& oracle,
                     const std::vector<std::int64_t>& active,
                     const std::vector<double>& gradient,
                     StepReport& report) {
  const std::vector<double> theta = oracle.theta();
  std::vector<double> g(theta.size(), 0.0);
  std::vector<char> moves(theta.size(), options_.mask_update ? 0 : 1);
  for (std::size_t s = 0; s < active.size(); ++s) {
    g[active[s]] = gradient[s];
    moves[active[s]] = 1;
  }
  std::vector<double> velocity = velocity_;
  Update update;
  update.dense.assign(theta.size(), 0.0);
  double gradient_square = 0.0, step_square = 0.0;
  for (std::size_t i = 0; i < theta.size(); ++i) {
    if (moves[i] == 0) continue;
    velocity[i] = options_.momentum * velocity[i] + g[i] + options_.weight_decay * theta[i];
    update.dense[i] = -report.lr * velocity[i];
    if (!std::isfinite(oracle.stored(theta[i] + update.dense[i]))) return false;
    gradient_square += g[i] * g[i];
    step_square += update.dense[i] * update.dense[i];
  }
  report.extra.emplace_back("gradient_norm", std::sqrt(gradient_square));
  report.extra.emplace_back("step_norm", std::sqrt(step_square));
  oracle.move(update);
  velocity_ = std::move(velocity);
  return true;
}

State DeepZero::state() const { return {{"kept", kept_}, {"velocity", velocity_}}; }

void DeepZero::load_state(const State& state) {
  velocity_ = state_reals(state, "velocity", velocity_.size());
  kept_ = state_integers(state, "kept");
}

}  // namespace zo
