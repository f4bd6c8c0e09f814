#pragma once
#include "src/methods/registry.h"
#include "src/methods/rule.h"
#include "src/methods/schedule.h"

namespace zo {

struct SgdOptions {
  double lr = 0.1;
  double momentum = 0.9;
  double weight_decay = 5e-4;
  ScheduleKind lr_schedule = ScheduleKind::Constant;
};

/// SGD on the exact gradient by backpropagation (torch.optim.SGD):
///     buf ← m·buf + g + λθ,  θ ← θ − η·buf
/// No zeroth-order method: the upper bound in comparisons. Needs an oracle that is a GradientSource.
class Sgd final : public Method {
 public:
  Sgd(const SgdOptions& options, std::int64_t dimension, const RunPlan& plan);

  /// Throws Error(Usage) when the oracle has no gradient.
  StepReport step(LossOracle& oracle, std::int64_t k) override;
  State state() const override;
  void load_state(const State& state) override { rule_.load(state); }
  /// The base loss; the backward pass is no query.
  std::int64_t queries_of_step(std::int64_t) const override { return 1; }

 private:
  Schedule schedule_;
  UpdateRule rule_;
};

/// The registry's maker for SGD.
std::unique_ptr<MethodConfig> sgd_config();

}  // namespace zo
