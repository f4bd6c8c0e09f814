#include "src/base/error.h"
#include "src/methods/cge.h"

namespace zo {
namespace {

/// On networks: what took ResNet-8 to a given training loss in the fewest queries.
CgeOptions strongest_on_networks() {
  CgeOptions options;
  options.subspace = 500;
  options.period = 10;
  options.sampling = Sampling::Layer;
  options.layer_power = 0.8;
  options.lr = 0.1;
  options.lr_schedule = ScheduleKind::Auto;
  return options;
}

/// Guided sampling is left out: it draws by a promised decrease, which takes a curvature.
const Names<Sampling>& cge_sampling_names() {
  static const Names<Sampling> names = {
      {Sampling::Uniform, "uniform"}, {Sampling::Layer, "layer"}, {Sampling::Gain, "gain"}};
  return names;
}

const Names<Rule>& rule_names() {
  static const Names<Rule> names = {{Rule::Plain, "sgd"},
                                    {Rule::Momentum, "momentum"},
                                    {Rule::Adam, "adam"},
                                    {Rule::PairRoot, "pair-root"}};
  return names;
}

void add_options(OptionTable& table, CgeOptions& o) {
  table.add("subspace", &o.subspace, Range::at_least(0), "m, coordinates probed a step; 0: all");
  table.add("period", &o.period, Range::at_least(1), "steps a subset is kept");
  table.add(
      "sampling",
      &o.sampling,
      cge_sampling_names(),
      "how the coordinates are drawn; layer: by mean squared gradient of their tensor, gain: the "
      "same over what their losses take to compute");
  table.add("layer-power",
            &o.layer_power,
            Range::between(0, 2),
            "power of the mean squared gradient in --sampling layer and gain; 0: uniform");
  table.add("cost-power",
            &o.cost_power,
            Range::between(0, 3),
            "power of the cost in --sampling gain; 0: as layer");
  table.add("update",
            &o.update,
            rule_names(),
            "what the gradient estimate is fed to; pair-root: adam with the 2x2 root of a pair's "
            "averaged outer product");
  table.add("eps", &o.eps, Range::positive_up_to(1e6), "step of the coordinate differences");
  table.add("lr", &o.lr, Range::positive(), "step length");
  table.add("momentum",
            &o.momentum,
            Range{0.0, 1.0, false, true},
            "β₁ of momentum, adam and pair-root; sgd has none");
  table.add("second-decay",
            &o.second_decay,
            Range{0.0, 1.0, false, true},
            "β₂ of adam and pair-root, how slowly their roots forget");
  table.add("adam-eps", &o.adam_eps, Range::positive(), "added to the roots of adam and pair-root");
  add_schedule(table, o.lr_schedule);
}

class CgeConfig final : public MethodConfig {
 public:
  explicit CgeConfig(const CgeOptions& networks) : networks_(networks) {}

  void describe(OptionTable& table) override {
    add_preset(table, options_, networks_, add_options);
  }

  void check(const Layout& layout) const override {
    const std::int64_t m = options_.subspace, d = layout.dimension();
    if (m > d) {
      fail_usage(
          "--subspace {}: there are only {} coordinates; give at most that, or 0 for all", m, d);
    }
    if (options_.update == Rule::PairRoot && m % 2 == 1 && m != d) {
      fail_usage(
          "--subspace {}: --update pair-root works on pairs; give {} or --update adam", m, m + 1);
    }
  }

  std::unique_ptr<Method> make(const Layout& layout, const RunPlan& plan) const override {
    return std::make_unique<Cge>(options_, layout, plan);
  }

 private:
  CgeOptions options_, networks_;
};

}  // namespace

std::unique_ptr<MethodConfig> cge_config() { return std::make_unique<CgeConfig>(CgeOptions{}); }

std::unique_ptr<MethodConfig> cge_adam_config() {
  return std::make_unique<CgeConfig>(strongest_on_networks());
}

}  // namespace zo
