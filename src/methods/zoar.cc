#include "src/methods/zoar.h"

#include "src/estimators/policy_step.h"

namespace zo {

std::vector<double> Zoar::weights(std::span<const double> products, std::size_t n) const {
  return gradient_weights(products, n);
}

std::vector<double> Zoar::combination(const Deviations& deviations,
                                      std::span<const double>,
                                      StepReport&) const {
  return gradient_coefficients(deviations, mu_);
}

namespace {

class ZoarConfig final : public MethodConfig {
 public:
  void describe(OptionTable& table) override { describe_policy(table, options_, {}); }
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
