#include "src/methods/zoar.h"

#include <cmath>
#include <utility>

#include "src/base/error.h"
#include "src/estimators/directions.h"
#include "src/estimators/policy_step.h"
#include "src/methods/directional.h"

namespace zo {

Zoar::Zoar(const ZoarOptions& options, const Layout& layout, const RunPlan& plan)
    : options_(options),
      dimension_(layout.dimension()),
      baseline_(parse_baseline(options.baseline)),
      base_(baseline_ == Baseline::Anchor || asks_base(options.base_query, layout)),
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

std::int64_t Zoar::queries_of_step(std::int64_t) const {
  return options_.directions + (base_ ? 1 : 0);
}

StepReport Zoar::step(LossOracle& oracle, std::int64_t k) {
  StepReport report;
  report.lr = learning_rate(schedule_, k);
  if (base_) report.loss = oracle.base();
  report.rejected = !std::isfinite(report.loss);
  if (report.rejected) return report;

  report.dropped = samples_.ask(oracle, k, report.loss);
  if (!base_) report.loss = samples_.mean_loss(k);
  std::vector<DenseProbe> update = samples_.directions();
  std::vector<double> weights;
  if (baseline_ == Baseline::Optimal) {
    weights = gradient_weights(gram(update, dimension_), update.size());
  }
  const Deviations d = deviations(samples_.samples(), baseline_, weights);
  report.rejected = !(d.normaliser > 0.0);
  if (report.rejected) return report;
  const std::vector<double> gamma = gradient_coefficients(d, options_.eps);
  for (std::size_t s = 0; s < update.size(); ++s) update[s].scale = -report.lr * gamma[s];
  report.extra.emplace_back("samples", static_cast<double>(update.size()));
  report.rejected = !move_along(oracle, std::move(update));
  return report;
}

State Zoar::state() const {
  State state;
  samples_.save(state);
  return state;
}

void describe_policy(OptionTable& table, ZoarOptions& options) {
  ZoarOptions& o = options;
  table.add("directions", &o.directions, Range::at_least(1), "K, random directions a step");
  table.add("history",
            &o.history,
            Range::at_least(1),
            "N, steps whose queries are used, the present one included; 1: no reuse");
  table.add("eps", &o.eps, Range::positive(), "μ, distance of a probe in units of u ~ N(0, I)");
  table.add("lr", &o.lr, Range::positive(), "step length");
  table.add("baseline",
            &o.baseline,
            baseline_names(),
            "subtracted from a loss before it weighs its direction; step-mean where batches or "
            "losses drift");
  table.add("orthogonal", &o.orthogonal, "make the directions of a step orthogonal, of norm √d");
  table.add("base-query", &o.base_query, base_query_choices(), kBaseQueryHelp);
  table.add("lr-schedule", &o.lr_schedule, schedule_kinds(), "over --max-steps or --max-queries");
}

void check_policy(const ZoarOptions& options, const Layout& layout) {
  const bool averaged = options.baseline == "mean" || options.baseline == "step-mean" ||
                        options.baseline == "optimal";
  if (averaged && options.directions == 1) {
    fail_usage(
        "--directions 1: the --baseline {} of one loss is that loss, so nothing is left of it; "
        "give --directions 2 or more, or --baseline anchor",
        options.baseline);
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

namespace {

class ZoarConfig final : public MethodConfig {
 public:
  void describe(OptionTable& table) override { describe_policy(table, options_); }
  void check(const Layout& layout) const override { check_policy(options_, layout); }
  std::unique_ptr<Method> make(const Layout& layout, const RunPlan& plan) const override {
    return std::make_unique<Zoar>(options_, layout, plan);
  }

 private:
  ZoarOptions options_;
};

}  // namespace

std::unique_ptr<MethodConfig> zoar_config() { return std::make_unique<ZoarConfig>(); }

}  // namespace zo
