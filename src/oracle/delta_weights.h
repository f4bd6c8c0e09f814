#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "src/oracle/aligned_buffer.h"
#include "src/oracle/delta_plan.h"

namespace zo {

/// θ in the storage type, and the forms in which the kernels read its weights.
template <class T>
class DeltaWeights {
 public:
  /// `out_block` is the kernels' number of output channels computed at once.
  DeltaWeights(const DeltaPlan& plan, int out_block, const std::vector<double>& theta);

  const std::vector<T>& theta() const { return theta_; }
  /// θ ← θ + change (length d), each entry in double and rounded once.
  void move(const std::vector<double>& change);
  /// Replaces θ, each entry rounded once.
  void assign(const std::vector<double>& theta);
  /// Value of entry `channel` of a segment, or `otherwise` where the segment's number is −1.
  double value(int segment, int channel, double otherwise) const;
  /// What θ_index really changes by when delta is added and the sum rounded once.
  double step(std::int64_t index, double delta) const;

  /// Bring the packed forms up to date; needed after construction, `move` and `assign`.
  void pack_direct();
  void pack_winograd();
  /// Weights of unit `u` for plain products, [padded/out_block][channels][taps][out_block].
  const T* direct(int u) const { return direct_[u].data(); }
  /// The same for Winograd's products, as DeltaKernels::winograd takes them; null where the
  /// unit does not take them.
  const T* winograd(int u) const { return winograd_[u].data(); }
  /// Packs the weights of some input channels only, laid out as `direct`.
  void gather(int u, std::span<const int> channels, AlignedBuffer<T>& packed) const;

 private:
  void pack_winograd(int u);

  const DeltaPlan& plan_;
  int out_block_;
  bool direct_current_ = false, winograd_current_ = false;
  std::vector<T> theta_;
  std::vector<AlignedBuffer<T>> direct_, winograd_;
};

/// Whether unit `u` is computed by Winograd's products when its whole input changes.
bool takes_winograd(const DeltaUnit& unit);

}  // namespace zo
