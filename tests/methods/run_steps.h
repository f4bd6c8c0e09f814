#pragma once
#include <cstdint>

#include "src/methods/method.h"

namespace zo::test {

/// Runs `steps` steps from step `from`, each batch kept for as long as the method asks.
inline StepReport run_steps(Method& method,
                            LossOracle& oracle,
                            std::int64_t from,
                            std::int64_t steps) {
  StepReport report;
  for (std::int64_t k = from; k < from + steps; ++k) {
    if (k % method.steps_per_batch() == 0 || k == from) {
      oracle.begin_batch(k / method.steps_per_batch());
    }
    report = method.step(oracle, k);
  }
  return report;
}

}  // namespace zo::test
