#include "src/methods/policy_method.h"

#include <utility>

#include "src/base/error.h"
#include "src/estimators/directions.h"

namespace zo {

PolicyMethod::PolicyMethod(const ZoarOptions& options, const Layout& layout, const RunPlan& plan)
    : options_(options),
      dimension_(layout.dimension()),
      base_(options.baseline == Baseline::Anchor || asks_base(options.base_query, layout)),
      schedule_(planned_schedule(options.lr_schedule,
                                 options.lr,
                                 plan,
                                 [this](std::int64_t k) { return queries_of_step(k); })),
      samples_({.seed = plan.seed,
                .directions = options.directions,
                .history = options.history,
                .radius = options.eps,
                .orthogonal = options.orthogonal},
               layout.dimension()) {}

std::int64_t PolicyMethod::queries_of_step(std::int64_t) const {
  return options_.directions + (base_ ? 1 : 0);
}

StepReport PolicyMethod::step(LossOracle& oracle, std::int64_t k) {
  StepReport report = begin_step(oracle, learning_rate(schedule_, k), base_);
  if (report.rejected) return report;

  report.dropped = samples_.ask(oracle, k, report.loss);
  if (!base_) report.loss = samples_.mean_loss(k);
  std::vector<DenseProbe> update = samples_.directions();
  const bool optimal = options_.baseline == Baseline::Optimal;
  std::vector<double> products, weights;
  if (optimal || needs_products()) products = gram(update, dimension_);
  if (optimal) weights = this->weights(products, update.size());
  const Deviations d = deviations(samples_.samples(), options_.baseline, weights);
  report.rejected = !(d.normaliser > 0.0);
  if (report.rejected) return report;

  report.extra.emplace_back("samples", static_cast<double>(update.size()));
  const std::vector<double> p = combination(d, products, report);
  for (std::size_t s = 0; s < update.size(); ++s) update[s].scale = -report.lr * p[s];
  report.rejected = !move_along(oracle, std::move(update));
  return report;
}

State PolicyMethod::state() const {
  State state;
  samples_.save(state);
  return state;
}

void describe_policy(OptionTable& table, ZoarOptions& options, const PolicyOnNetworks& networks) {
  ZoarOptions& o = options;
  table.add("directions", &o.directions, Range::at_least(1), "K, random directions a step");
  table.add("history",
            &o.history,
            Range::at_least(1),
            "N, steps whose queries are used, the present one included; 1: no reuse");
  table.add(
      "eps", &o.eps, Range::positive_up_to(1e6), "μ, distance of a probe in units of u ~ N(0, I)");
  table.add("lr", &o.lr, Range::positive(), "step length").on_networks(networks.lr);
  table
      .add("baseline",
           &o.baseline,
           baseline_names(),
           "subtracted from a loss before it weighs its direction; step-mean where batches or "
           "losses drift")
      .on_networks(networks.baseline);
  table.add("orthogonal", &o.orthogonal, "make the directions of a step orthogonal, of norm √d");
  table.add("base-query", &o.base_query, base_query_names(), kBaseQueryHelp);
  add_schedule(table, o.lr_schedule);
}

void check_policy(const ZoarOptions& options, const Layout& layout) {
  const bool averaged = options.baseline == Baseline::Mean ||
                        options.baseline == Baseline::StepMean ||
                        options.baseline == Baseline::Optimal;
  if (averaged && options.directions == 1) {
    fail_usage(
        "--directions 1: the --baseline {} of one loss is that loss, so nothing is left of it; "
        "give --directions 2 or more, or --baseline anchor",
        name_of(options.baseline, baseline_names()));
  }
  if (options.orthogonal && options.directions > layout.dimension()) {
    fail_usage(
        "--directions {}: only {} directions can be orthogonal in {} coordinates; give at most "
        "that",
        options.directions,
        layout.dimension(),
        layout.dimension());
  }
}

}  // namespace zo
