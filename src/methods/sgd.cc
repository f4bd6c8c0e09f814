#include "src/methods/sgd.h"

#include <cmath>

#include "src/base/error.h"
#include "src/estimators/state_fields.h"

namespace zo {

Sgd::Sgd(const SgdOptions& options, std::int64_t dimension, const RunPlan& plan)
    : options_(options),
      schedule_(planned_schedule(options.lr_schedule,
                                 options.lr,
                                 plan,
                                 [this](std::int64_t k) { return queries_of_step(k); })),
      velocity_(dimension, 0.0) {}

StepReport Sgd::step(LossOracle& oracle, std::int64_t k) {
  auto* source = dynamic_cast<GradientSource*>(&oracle);
  if (source == nullptr) {
    fail_usage(
        "--method sgd: this problem has no gradient by backpropagation; choose a zeroth-order "
        "method");
  }
  StepReport report = begin_step(oracle, learning_rate(schedule_, k));
  if (report.rejected) return report;

  const std::vector<double> g = source->gradient();
  const std::vector<double> theta = oracle.theta();
  std::vector<double> velocity = velocity_;
  Update update;
  update.dense.assign(theta.size(), 0.0);
  double square = 0.0;
  for (std::size_t i = 0; i < theta.size(); ++i) {
    velocity[i] = options_.momentum * velocity[i] + g[i] + options_.weight_decay * theta[i];
    update.dense[i] = -report.lr * velocity[i];
    report.rejected = report.rejected || !std::isfinite(oracle.stored(theta[i] + update.dense[i]));
    square += g[i] * g[i];
  }
  if (report.rejected) return report;
  report.extra.emplace_back("gradient_norm", std::sqrt(square));
  oracle.move(update);
  velocity_ = std::move(velocity);
  return report;
}

void Sgd::load_state(const State& state) {
  velocity_ = state_reals(state, "velocity", velocity_.size());
}

namespace {

class SgdConfig final : public MethodConfig {
 public:
  void describe(OptionTable& table) override {
    table.add("lr", &options_.lr, Range::positive(), "step length");
    table.add("momentum", &options_.momentum, Range{0.0, 1.0, false, true}, "momentum");
    table.add(
        "weight-decay", &options_.weight_decay, Range::at_least(0), "decay of every coordinate");
    table.add("lr-schedule",
              &options_.lr_schedule,
              schedule_kinds(),
              "over --max-steps or --max-queries");
  }
  void check(const Layout&) const override {}
  std::unique_ptr<Method> make(const Layout& layout, const RunPlan& plan) const override {
    return std::make_unique<Sgd>(options_, layout.dimension(), plan);
  }

 private:
  SgdOptions options_;
};

}  // namespace

std::unique_ptr<MethodConfig> sgd_config() { return std::make_unique<SgdConfig>(); }

}  // namespace zo
