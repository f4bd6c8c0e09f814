#include "src/methods/hizoo.h"

#include <algorithm>
#include <cmath>

#include "src/base/error.h"
#include "src/estimators/directions.h"
#include "src/estimators/state_fields.h"
#include "src/estimators/two_point.h"
#include "src/methods/directional.h"

namespace zo {
namespace {

using Values = std::vector<double>;

std::shared_ptr<const Values> inverse_root(const Values& h) {
  Values weights;
  weights.reserve(h.size());
  for (const double value : h) weights.push_back(1.0 / std::sqrt(value));
  return std::make_shared<const Values>(std::move(weights));
}

}  // namespace

Hizoo::Hizoo(const HizooOptions& options, const Layout& layout, const RunPlan& plan)
    : options_(options),
      seed_(plan.seed),
      schedule_(planned_schedule(
          options.lr_schedule, options.lr, plan, [](std::int64_t) { return std::int64_t{3}; })),
      hessian_(std::make_shared<const Values>(layout.dimension(), 1.0)) {}

void Hizoo::load_state(const State& state) {
  hessian_ = std::make_shared<const Values>(state_reals(state, "hessian", hessian_->size()));
}

/// h after a step that measured `curvature` = |f₊ + f₋ − 2f|/2ε² along the direction of `seed`.
Values Hizoo::refreshed(double curvature, std::uint64_t seed) const {
  Values z(hessian_->size());
  DenseProbe direction;
  direction.seed = seed;
  direction_entries(direction, 0, z);
  Values h = *hessian_;
  const double alpha = options_.hessian_smooth;
  for (std::size_t i = 0; i < h.size(); ++i) {
    const double old = h[i];
    h[i] = (1.0 - alpha) * old + alpha * (curvature * old * z[i] * z[i]);
    if (options_.hessian_growth > 0.0) h[i] = std::min(h[i], options_.hessian_growth * old);
    if (options_.hessian_max > 0.0) h[i] = std::min(h[i], options_.hessian_max);
    h[i] = std::max(h[i], options_.hessian_min);
  }
  return h;
}

StepReport Hizoo::step(LossOracle& oracle, std::int64_t k) {
  StepReport report = begin_step(oracle, learning_rate(schedule_, k));
  if (report.rejected) return report;

  std::vector<DenseProbe> direction = seeded_directions({.seed = seed_, .step = k}, 1);
  direction[0].weights = inverse_root(*hessian_);
  const TwoPoint asked = two_point(oracle, direction, options_.eps);
  report.dropped = asked.dropped;
  const double curvature = std::abs(asked.mean[0] - report.loss) / (options_.eps * options_.eps);
  report.rejected = !std::isfinite(curvature);  // a loss that is not finite made it so
  if (report.rejected) return report;

  Values h = refreshed(curvature, direction[0].seed);
  direction[0].weights = inverse_root(h);
  direction[0].scale = -report.lr * asked.slope[0];
  const auto [low, high] = std::minmax_element(h.begin(), h.end());
  report.extra.emplace_back("slope", asked.slope[0]);
  report.extra.emplace_back("curvature", curvature);
  report.extra.emplace_back("hessian_min", *low);
  report.extra.emplace_back("hessian_max", *high);
  report.rejected = !(*low > 0.0) || !std::isfinite(*high) ||
                    !move_along(oracle, direction, report.lr * options_.weight_decay, Decay::All);
  if (!report.rejected) hessian_ = std::make_shared<const Values>(std::move(h));
  return report;
}

namespace {

class HizooConfig final : public MethodConfig {
 public:
  void describe(OptionTable& table) override {
    HizooOptions& o = options_;
    table.add("eps",
              &o.eps,
              Range::positive_up_to(1e6),
              "distance of the two points from θ, in units of z/√h");
    table.add("lr", &o.lr, Range::positive(), "step length (paper, fine-tuning: 1e-6)")
        .on_networks("0.003");
    table.add("hessian-smooth",
              &o.hessian_smooth,
              Range{0.0, 1.0, false, true},
              "α, weight of a new measurement in the curvature h; 0: MeZO; keep below 1/d");
    table.add("hessian-min", &o.hessian_min, Range::at_least(0), "floor of h; 0: none");
    table.add("hessian-max", &o.hessian_max, Range::at_least(0), "ceiling of h; 0: none");
    table.add("hessian-growth",
              &o.hessian_growth,
              Range::at_least(0),
              "largest factor by which an entry of h grows in a step; 0: any");
    table.add("weight-decay", &o.weight_decay, Range::at_least(0), "decay of every entry");
    add_schedule(table, o.lr_schedule);
  }

  void check(const Layout&) const override {
    const HizooOptions& o = options_;
    if (o.hessian_max > 0.0 && o.hessian_min > o.hessian_max) {
      fail_usage(
          "--hessian-min {}: must not exceed --hessian-max {}", o.hessian_min, o.hessian_max);
    }
    if (o.hessian_growth > 0.0 && o.hessian_growth <= 1.0) {
      fail_usage(
          "--hessian-growth {}: must be greater than 1, or h could never rise; 0 means any growth",
          o.hessian_growth);
    }
  }

  std::unique_ptr<Method> make(const Layout& layout, const RunPlan& plan) const override {
    return std::make_unique<Hizoo>(options_, layout, plan);
  }

 private:
  HizooOptions options_;
};

}  // namespace

std::unique_ptr<MethodConfig> hizoo_config() { return std::make_unique<HizooConfig>(); }

}  // namespace zo
