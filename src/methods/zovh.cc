#include "src/methods/zovh.h"

#include <cmath>
#include <utility>

#include "src/base/error.h"
#include "src/estimators/directions.h"
#include "src/methods/directional.h"

namespace zo {

Zovh::Zovh(const ZovhOptions& options, const Layout& layout, const RunPlan& plan)
    : options_(options),
      dimension_(layout.dimension()),
      baseline_(parse_baseline(options.policy.baseline)),
      inverse_(parse_inverse(options.inverse)),
      base_(baseline_ == Baseline::Anchor || asks_base(options.policy.base_query, layout)),
      schedule_(planned_schedule(options.policy.lr_schedule,
                                 options.policy.lr,
                                 plan,
                                 [this](std::int64_t k) { return queries_of_step(k); })),
      samples_({.seed = plan.seed,
                .directions = options.policy.directions,
                .history = options.policy.history,
                .radius = options.policy.eps,
                .orthogonal = options.policy.orthogonal},
               layout.dimension()) {}

std::int64_t Zovh::queries_of_step(std::int64_t) const {
  return options_.policy.directions + (base_ ? 1 : 0);
}

StepReport Zovh::step(LossOracle& oracle, std::int64_t k) {
  StepReport report;
  report.lr = learning_rate(schedule_, k);
  if (base_) report.loss = oracle.base();
  report.rejected = !std::isfinite(report.loss);
  if (report.rejected) return report;

  report.dropped = samples_.ask(oracle, k, report.loss);
  if (!base_) report.loss = samples_.mean_loss(k);
  std::vector<DenseProbe> update = samples_.directions();
  const std::vector<double> products = gram(update, dimension_);
  std::vector<double> weights;
  if (baseline_ == Baseline::Optimal)
    weights = hessian_weights(products, update.size(), dimension_);
  const Deviations d = deviations(samples_.samples(), baseline_, weights);
  report.rejected = !(d.normaliser > 0.0);
  if (report.rejected) return report;

  const double mu = options_.policy.eps, lambda = options_.lambda;
  const PolicyStep p = policy_step(d, products, mu, lambda, inverse_, options_.guard);
  const std::vector<double> gamma = gradient_coefficients(d, mu);
  std::vector<double> curved;  // λp − ĝ
  curved.reserve(update.size());
  for (std::size_t s = 0; s < update.size(); ++s) {
    update[s].scale = -report.lr * p.coefficients[s];
    curved.push_back(lambda * p.coefficients[s] - gamma[s]);
  }
  const double gradient_norm = combination_norm(products, gamma);
  report.extra.emplace_back("samples", static_cast<double>(update.size()));
  report.extra.emplace_back("gradient_norm", gradient_norm);
  if (gradient_norm > 0.0) {
    report.extra.emplace_back("curvature_share",
                              combination_norm(products, curved) / gradient_norm);
  }
  report.extra.emplace_back("guarded", static_cast<double>(p.guarded));
  report.rejected = !move_along(oracle, std::move(update));
  return report;
}

State Zovh::state() const {
  State state;
  samples_.save(state);
  return state;
}

namespace {

class ZovhConfig final : public MethodConfig {
 public:
  void describe(OptionTable& table) override {
    describe_policy(table, options_.policy);
    table.add("lambda",
              &options_.lambda,
              Range::positive(),
              "λ, added to the Hessian before it is inverted");
    table.add(
        "inverse",
        &options_.inverse,
        inverse_names(),
        "shared: the paper's; diagonal: without taking a sample's own share out; exact: Woodbury");
    table.add("guard",
              &options_.guard,
              Range{0.0, 1.0, false, true},
              "curvature terms whose denominator is smaller than this share of λ²c are left out");
  }

  void check(const Layout& layout) const override {
    const ZoarOptions& o = options_.policy;
    check_policy(o, layout);
    const bool mean = o.baseline == "mean" || o.baseline == "step-mean";
    if (options_.inverse == "shared" && mean && o.directions * o.history < 3) {
      fail_usage(
          "--directions {}: --inverse shared leaves one of the queries out of their own mean and "
          "needs 3; give "
          "--directions 3 or --history 2",
          o.directions);
    }
  }

  std::unique_ptr<Method> make(const Layout& layout, const RunPlan& plan) const override {
    return std::make_unique<Zovh>(options_, layout, plan);
  }

 private:
  ZovhOptions options_;
};

}  // namespace

std::unique_ptr<MethodConfig> zovh_config() { return std::make_unique<ZovhConfig>(); }

}  // namespace zo
