#pragma once
#include <cstdint>
#include <vector>

#include "src/delta/placed_probe.h"
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
  /// Numbers that change on the way: a pixel of every changed channel of the entry, and every later
  /// layer in full.
  std::int64_t values(const SparseProbe& probe) const;
  /// multiply_adds(probe) over forward().
  double share(const SparseProbe& probe) const {
    return static_cast<double>(multiply_adds(probe)) / static_cast<double>(forward());
  }
  /// What time is shared by: multiply_adds(probe) and kValue for every value that changes on the way,
  /// over the same of a whole forward pass. Values right in front of the mean over all pixels are not
  /// stored and count kAveraged of one, at the entry and behind it; there they are computed twice.
  double effort(const SparseProbe& probe) const;

  /// Multiply-adds that take as long as storing, adding up and activating one value: with it the rates
  /// of a ResNet-8's convolutions on an AVX-512 core (128 pictures) are told to a quarter, but for one
  /// that is twice as fast.
  static constexpr double kValue = 40.0;
  static constexpr double kAveraged = 0.25;

 private:
  std::int64_t multiply_adds(const PlacedProbe& placed) const;

  const DeltaPlan& plan_;
  // Of unit u and all behind it: multiply-adds, values; one entry more, 0.
  std::vector<std::int64_t> from_, values_from_;
};

}  // namespace zo
