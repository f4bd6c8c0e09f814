#include "src/base/error.h"
#include "src/methods/deepzero.h"

namespace zo {
namespace {

class DeepZeroConfig final : public MethodConfig {
 public:
  void describe(OptionTable& table) override {
    DeepZeroOptions& o = options_;
    table.add("density",
              &o.density,
              Range{0.0, 1.0, true, false},
              "share of convolution and linear weights that is probed");
    table.add("mask-interval",
              &o.mask_interval,
              Range::positive(),
              "epochs of the protocol a mask is in force");
    table.add("mask-update", &o.mask_update, "move only probed coordinates (published: false)");
    table.add("eps", &o.eps, Range::positive_up_to(1e6), "step of the coordinate differences");
    table.add("lr", &o.lr, Range::positive(), "largest step length");
    table.add("momentum", &o.momentum, Range{0.0, 1.0, false, true}, "momentum of SGD");
    table.add("weight-decay", &o.weight_decay, Range::at_least(0), "decay of every coordinate");
    table.add("warmup-epochs",
              &o.warmup_epochs,
              Range::at_least(0),
              "linear warm-up, epochs of the protocol");
    table.add("epochs",
              &o.epochs,
              Range::positive(),
              "length of the protocol; stretched over --max-steps or --max-queries where given");
    table.add("lr-schedule", &o.lr_schedule, schedule_kinds(), "after the warm-up");
    table.add("grasp-queries",
              &o.grasp_queries,
              Range::at_least(1),
              "q, directions of each of ZO-GraSP's two gradients, once before the first step");
    table.add("grasp-radius", &o.grasp_radius, Range::positive(), "step of ZO-GraSP's directions");
  }

  void check(const Layout& layout) const override {
    if (options_.warmup_epochs >= options_.epochs) {
      fail_usage("--warmup-epochs {}: must be less than --epochs {}",
                 options_.warmup_epochs,
                 options_.epochs);
    }
    if (active_count(layout, options_.density) == 0) {
      fail_usage("--density {}: leaves none of the {} coordinates active; give at least {}",
                 options_.density,
                 layout.dimension(),
                 1.0 / static_cast<double>(layout.dimension()));
    }
  }

  std::unique_ptr<Method> make(const Layout& layout, const RunPlan& plan) const override {
    return std::make_unique<DeepZero>(options_, layout, plan);
  }

 private:
  DeepZeroOptions options_;
};

}  // namespace

std::unique_ptr<MethodConfig> deepzero_config() { return std::make_unique<DeepZeroConfig>(); }

}  // namespace zo
