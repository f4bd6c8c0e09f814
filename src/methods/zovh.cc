#include "src/methods/zovh.h"

#include <utility>

#include "src/base/error.h"

namespace zo {

Zovh::Zovh(const ZovhOptions& options, const Layout& layout, const RunPlan& plan)
    : PolicyMethod(options.policy, layout, plan),
      options_(options),
      dimension_(layout.dimension()) {}

std::vector<double> Zovh::weights(std::span<const double> products, std::size_t n) const {
  return hessian_weights(products, n, dimension_);
}

std::vector<double> Zovh::combination(const Deviations& deviations,
                                      std::span<const double> products,
                                      StepReport& report) const {
  const double mu = options_.policy.eps, lambda = options_.lambda;
  PolicyStep p = policy_step(deviations, products, mu, lambda, options_.inverse, options_.guard);
  const std::vector<double> gamma = gradient_coefficients(deviations, mu);
  std::vector<double> curved;  // λp − ĝ
  curved.reserve(gamma.size());
  for (std::size_t s = 0; s < gamma.size(); ++s) {
    curved.push_back(lambda * p.coefficients[s] - gamma[s]);
  }
  const double gradient_norm = combination_norm(products, gamma);
  report.extra.emplace_back("gradient_norm", gradient_norm);
  if (gradient_norm > 0.0) {
    report.extra.emplace_back("curvature_share",
                              combination_norm(products, curved) / gradient_norm);
  }
  report.extra.emplace_back("guarded", static_cast<double>(p.guarded));
  return std::move(p.coefficients);
}

namespace {

class ZovhConfig final : public MethodConfig {
 public:
  void describe(OptionTable& table) override {
    describe_policy(table, options_.policy, {.lr = "0.0003", .baseline = "step-mean"});
    table.add("lambda",
              &options_.lambda,
              Range::positive(),
              "λ, added to the Hessian before it is inverted");
    table.add(
        "inverse",
        &options_.inverse,
        inverse_names(),
        "shared: the paper's; diagonal: without taking a sample's own share out; exact: Woodbury; "
        "none: the gradient over λ, which `minimize` takes where it looks for --lr and the queries "
        "of the history are more than half the coordinates");
    table.add("guard",
              &options_.guard,
              Range{0.0, 1.0, false, true},
              "curvature terms whose denominator is smaller than this share of λ²c are left out");
  }

  void check(const Layout& layout) const override {
    const ZoarOptions& o = options_.policy;
    check_policy(o, layout);
    const bool mean = o.baseline == Baseline::Mean || o.baseline == Baseline::StepMean;
    if (options_.inverse == PolicyInverse::Shared && mean && o.directions * o.history < 3) {
      fail_usage(
          "--directions {}: --inverse shared leaves one of the queries out of their own mean and "
          "needs 3; give "
          "--directions 3 or --history 2",
          o.directions);
    }
  }

  /// Far from a minimum ν is the slope over μ, large beside λ: then the mean of p is (1 − n/d) ĝ/λ, which
  /// points uphill where more queries are in use than there are coordinates.
  std::vector<std::pair<std::string, std::string>> for_trials(const Layout& layout) const override {
    const std::int64_t n = options_.policy.directions * options_.policy.history;
    if (2 * n <= layout.dimension()) return {};
    return {{"inverse", name_of(PolicyInverse::None, inverse_names())}};
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
