#include "src/methods/spsa.h"

#include <cmath>

#include "src/estimators/directions.h"
#include "src/estimators/two_point.h"
#include "src/methods/schedule.h"

namespace zo {

Spsa::Spsa(const SpsaOptions& options, const Layout& layout, const RunPlan& plan)
    : options_(options), seed_(plan.seed), base_(asks_base(options.base_query, layout)) {
  const std::int64_t steps =
      planned_steps(plan, [this](std::int64_t k) { return queries_of_step(k); });
  delay_ = options.stability * static_cast<double>(steps);
}

StepReport Spsa::step(LossOracle& oracle, std::int64_t k) {
  const double n = static_cast<double>(k) + 1.0;
  const double radius = options_.eps / std::pow(n, options_.eps_decay);
  StepReport report =
      begin_step(oracle, options_.lr / std::pow(n + delay_, options_.lr_decay), base_);
  if (report.rejected) return report;

  std::vector<DenseProbe> direction =
      seeded_directions({.seed = seed_, .step = k}, 1, Law::Rademacher);
  const TwoPoint asked = two_point(oracle, direction, radius);
  if (!base_) report.loss = asked.mean[0];
  report.dropped = asked.dropped;
  report.extra.emplace_back("slope", asked.slope[0]);
  report.extra.emplace_back("radius", radius);
  direction[0].scale = -report.lr * asked.slope[0];
  report.rejected = !move_along(oracle, direction);
  return report;
}

namespace {

class SpsaConfig final : public MethodConfig {
 public:
  void describe(OptionTable& table) override {
    SpsaOptions& o = options_;
    table.add("lr", &o.lr, Range::positive(), "a: the step length is a / (k + 1 + A)^α");
    table.add("eps",
              &o.eps,
              Range::positive_up_to(1e6),
              "c: the points lie c / (k + 1)^γ away in every coordinate");
    table.add("lr-decay", &o.lr_decay, Range::at_least(0), "α");
    table.add("eps-decay", &o.eps_decay, Range::at_least(0), "γ");
    table.add("stability",
              &o.stability,
              Range::at_least(0),
              "A as a share of the steps that --max-steps or --max-queries allow (Spall: 0.1)");
    table.add("base-query", &o.base_query, base_query_names(), kBaseQueryHelp);
  }
  void check(const Layout&) const override {}
  std::unique_ptr<Method> make(const Layout& layout, const RunPlan& plan) const override {
    return std::make_unique<Spsa>(options_, layout, plan);
  }

 private:
  SpsaOptions options_;
};

}  // namespace

std::unique_ptr<MethodConfig> spsa_config() { return std::make_unique<SpsaConfig>(); }

}  // namespace zo
