#pragma once
#include <cstdint>
#include <vector>

#include "src/delta/plan.h"
#include "src/oracle/probe.h"

namespace zo {

/// Multiply-adds for one picture, counted as plain sums of products.
class ProbeCost {
 public:
  /// `plan` must outlive this.
  explicit ProbeCost(const DeltaPlan& plan);

  /// Of a whole forward pass.
  std::int64_t forward() const { return from_.front(); }
  /// Of the loss of `probe` once the base point is cached: one a pixel and edited weight, the
  /// changed input channels of the layer behind the entry, and every later layer in full.
  std::int64_t multiply_adds(const SparseProbe& probe) const;
  /// multiply_adds(probe) over forward().
  double share(const SparseProbe& probe) const {
    return static_cast<double>(multiply_adds(probe)) / static_cast<double>(forward());
  }

 private:
  const DeltaPlan& plan_;
  std::vector<std::int64_t> from_;  // of unit u and all behind it; one entry more, 0
};

}  // namespace zo
