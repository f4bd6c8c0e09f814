#include "src/base/error.h"
#include "src/methods/zoha.h"

namespace zo {
namespace {

class ZohaConfig final : public MethodConfig {
 public:
  void describe(OptionTable& table) override {
    ZohaOptions& o = options_;
    table.add("directions",
              &o.directions,
              Range::at_least(0),
              "b, random directions a step; 0: all up to 50");
    static const Names<ZohaHessian> metrics = {{ZohaHessian::Sampled, "sampled"},
                                               {ZohaHessian::Diagonal, "diagonal"},
                                               {ZohaHessian::Power, "power"},
                                               {ZohaHessian::None, "none"}};
    table.add("hessian", &o.hessian, metrics, "the metric of the directions");
    table.add(
        "hessian-directions",
        &o.hessian_directions,
        Range::at_least(0),
        "b_h, directions or eigenvectors of the Hessian; 0: all up to 50 (sampled) or 5 (power)");
    table.add("period", &o.period, Range::at_least(1), "p, steps a Hessian is in force");
    table.add("eps",
              &o.eps,
              Range::positive_up_to(1e6),
              "μ, distance of a probe in units of its direction");
    table.add("lambda",
              &o.lambda,
              Range::at_least(0),
              "λ, curvature outside the Hessian's directions; 0: a tenth of the mean inside, at "
              "most 1 (sampled)");
    table.add("lr", &o.lr, Range::positive(), "step length");
    table.add("diagonal-decay",
              &o.diagonal_decay,
              Range{0.0, 1.0, false, true},
              "ν, share of the old squared gradients that --hessian diagonal keeps");
    table.add("power-iterations",
              &o.power_iterations,
              Range::at_least(2),
              "products with the Hessian a column and refresh, 4d queries each");
    table.add(
        "descent-check", &o.descent_check, "take a step only where one more query shows no rise");
    add_schedule(table, o.lr_schedule);
  }

  void check(const Layout& layout) const override {
    if (options_.hessian == ZohaHessian::Power &&
        options_.hessian_directions > layout.dimension()) {
      fail_usage("--hessian-directions {}: there are only {} eigenvectors; give at most that",
                 options_.hessian_directions,
                 layout.dimension());
    }
  }

  std::unique_ptr<Method> make(const Layout& layout, const RunPlan& plan) const override {
    return std::make_unique<Zoha>(options_, layout, plan);
  }

 private:
  ZohaOptions options_;
};

}  // namespace

std::unique_ptr<MethodConfig> zoha_config() { return std::make_unique<ZohaConfig>(); }

}  // namespace zo
