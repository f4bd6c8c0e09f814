#pragma once
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "src/base/state.h"
#include "src/oracle/loss_oracle.h"

namespace zo {

/// What a method may know of the run it is part of. A pure function of the options and the data, so
/// a resumed run gets the same.
struct RunPlan {
  std::uint64_t seed = 0;
  std::int64_t steps_per_epoch = 0;  // 0: no epochs (functions)
  std::int64_t max_queries = 0;      // 0: no limit
  std::int64_t max_steps = 0;        // 0: no limit
};

/// What one step did, for the log.
struct StepReport {
  double loss = 0.0;         // base loss of the step's batch, nats
  double lr = 0.0;           // step length in force
  bool rejected = false;     // the step was not applied (non-finite base or update, or no_descent)
  bool no_descent = false;   // all losses were finite, and no length of the step lowered them
  std::int64_t dropped = 0;  // probes left out because their loss was not finite
  std::vector<std::pair<std::string, double>> extra;  // the method's own figures, by name
};

/// How a step begins: its length, and the base loss where `ask_base`. Rejected, and the step ends,
/// when that loss is not finite.
inline StepReport begin_step(LossOracle& oracle, double lr, bool ask_base = true) {
  StepReport report;
  report.lr = lr;
  if (ask_base) report.loss = oracle.base();
  report.rejected = !std::isfinite(report.loss);
  return report;
}

/// A zeroth-order method: asks an oracle for losses and moves θ. Sees no network, device or rank.
class Method {
 public:
  virtual ~Method() = default;
  /// One step, number `k` from 0. All losses of a step are on the oracle's current batch.
  virtual StepReport step(LossOracle& oracle, std::int64_t k) = 0;
  /// Everything remembered between steps; `load_state(state())` continues bit for bit.
  virtual State state() const = 0;
  virtual void load_state(const State& state) = 0;
  /// How many consecutive steps share one batch (1 unless the method reuses evaluations).
  virtual std::int64_t steps_per_batch() const { return 1; }
  /// Queries of step k, exactly (known before it runs); the plan and the ETA use it.
  virtual std::int64_t queries_of_step(std::int64_t k) const = 0;
  /// Of queries_of_step(0), those that no other step asks for.
  virtual std::int64_t queries_once() const { return 0; }
  /// Before the first step: takes over what queries_once() were asked for from `before`, of the same options
  /// but for the step length, so that they are not asked again.
  virtual void follow(const Method& /*before*/) {}
};

}  // namespace zo
