#include "src/methods/sgd.h"

#include <numeric>
#include <utility>

#include "src/base/error.h"

namespace zo {

Sgd::Sgd(const SgdOptions& options, std::int64_t dimension, const RunPlan& plan)
    : schedule_(planned_schedule(options.lr_schedule,
                                 options.lr,
                                 plan,
                                 [this](std::int64_t k) { return queries_of_step(k); })),
      rule_({.kind = Rule::Momentum,
             .outside = Outside::Decay,
             .momentum = options.momentum,
             .weight_decay = options.weight_decay},
            dimension) {}

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
  std::vector<std::int64_t> all(g.size());
  std::iota(all.begin(), all.end(), std::int64_t{0});
  report.rejected = !rule_.take(oracle, rule_.propose(oracle, all, g), report.lr);
  if (!report.rejected) report.extra.emplace_back("gradient_norm", norm(g));
  return report;
}

State Sgd::state() const {
  State state;
  rule_.save(state);
  return state;
}

namespace {

class SgdConfig final : public MethodConfig {
 public:
  void describe(OptionTable& table) override {
    table.add("lr", &options_.lr, Range::positive(), "step length");
    table.add("momentum", &options_.momentum, Range{0.0, 1.0, false, true}, "momentum");
    table.add(
        "weight-decay", &options_.weight_decay, Range::at_least(0), "decay of every coordinate");
    add_schedule(table, options_.lr_schedule);
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
