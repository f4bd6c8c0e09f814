#include "src/methods/mezo.h"

#include <cmath>
#include <utility>

#include "src/estimators/directions.h"
#include "src/estimators/two_point.h"

namespace zo {

Mezo::Mezo(const MezoOptions& options, const Layout& layout, const RunPlan& plan)
    : options_(options), seed_(plan.seed), base_(asks_base(options.base_query, layout)) {
  schedule_ = planned_schedule(
      options.lr_schedule, options.lr, plan, [this](std::int64_t k) { return queries_of_step(k); });
}

std::int64_t Mezo::queries_of_step(std::int64_t) const {
  return 2 * options_.directions + (base_ ? 1 : 0);
}

StepReport Mezo::step(LossOracle& oracle, std::int64_t k) {
  StepReport report = begin_step(oracle, learning_rate(schedule_, k), base_);
  if (report.rejected) return report;

  std::vector<DenseProbe> directions =
      seeded_directions({.seed = seed_, .step = k}, options_.directions);
  const TwoPoint asked = two_point(oracle, directions, options_.eps);
  if (!base_) report.loss = finite_mean(asked.mean);
  report.dropped = asked.dropped;
  const double used = static_cast<double>(options_.directions - asked.dropped);
  std::vector<DenseProbe> update;
  for (std::size_t r = 0; r < directions.size(); ++r) {
    if (!std::isfinite(asked.slope[r])) continue;
    directions[r].scale = -report.lr * asked.slope[r] / used;
    update.push_back(std::move(directions[r]));
  }
  report.extra.emplace_back("slope", finite_mean(asked.slope));
  report.rejected =
      update.empty() ||
      !move_along(oracle, std::move(update), report.lr * options_.weight_decay, Decay::Weights);
  return report;
}

namespace {

class MezoConfig final : public MethodConfig {
 public:
  void describe(OptionTable& table) override {
    MezoOptions& o = options_;
    table.add("directions", &o.directions, Range::at_least(1), "n, random directions a step");
    table.add("eps",
              &o.eps,
              Range::positive_up_to(1e6),
              "distance of the two points from θ, in units of z ~ N(0, I)");
    table.add("lr", &o.lr, Range::positive(), "step length (paper, fine-tuning: 1e-6)")
        .on_networks("0.003");
    table.add("weight-decay",
              &o.weight_decay,
              Range::at_least(0),
              "decay of weights; biases and BatchNorm have none");
    table.add("base-query", &o.base_query, base_query_names(), kBaseQueryHelp);
    add_schedule(table, o.lr_schedule);
  }
  void check(const Layout&) const override {}
  std::unique_ptr<Method> make(const Layout& layout, const RunPlan& plan) const override {
    return std::make_unique<Mezo>(options_, layout, plan);
  }

 private:
  MezoOptions options_;
};

}  // namespace

std::unique_ptr<MethodConfig> mezo_config() { return std::make_unique<MezoConfig>(); }

}  // namespace zo
