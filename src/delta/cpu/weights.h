#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "src/delta/cpu/aligned_buffer.h"
#include "src/delta/cpu/layout.h"
#include "src/delta/plan.h"
#include "src/delta/theta.h"

namespace zo {

/// The forms in which the kernels read the weights of θ.
template <class T>
class DeltaWeights {
 public:
  /// `out_block` is the kernels' number of output channels computed at once.
  DeltaWeights(const DeltaPlan& plan, int out_block);

  /// Packs `theta` from now on, which must stay alive; to be called again whenever it has changed.
  void set_theta(const Theta<T>& theta);
  /// Value of entry `channel` of a segment, or `otherwise` where the segment's number is −1.
  double value(int segment, int channel, double otherwise) const;

  /// Bring the packed forms up to date; needed after `set_theta`.
  /// `pack_whole`: what `kernels` read of units whose whole input changes.
  void pack_direct();
  template <class S>
  void pack_whole(const DeltaKernels<T, S>& kernels);
  /// Weights of unit `u` for plain products, [padded/out_block][channels][taps][out_block].
  const T* direct(int u) const { return direct_[u].data(); }
  /// The convolution of unit `u` by `product`, of the rows in `ring`; rows and scratch are left
  /// open.
  ConvBand<T> band(int u, Product product, const RowRing<T>& ring) const;
  /// Packs the weights of some input channels only, laid out as `direct`.
  void gather(int u, std::span<const int> channels, AlignedBuffer<T>& packed) const;

 private:
  void pack_winograd(int u);
  void pack_bf16(int u, int most_outs);

  const DeltaPlan& plan_;
  int out_block_;
  bool direct_current_ = false, whole_current_ = false;
  const T* theta_ = nullptr;
  std::vector<AlignedBuffer<T>> direct_, winograd_;
  std::vector<AlignedBuffer<Bf16>> bf16_;
  std::vector<Bf16ConvLayout> layouts_;
};

/// Whether Winograd's products can compute `unit`.
bool takes_winograd(const DeltaUnit& unit);

/// How `kernels` compute the convolution of `unit` when its whole input changes.
template <class T, class S>
Product whole_product(const DeltaUnit& unit, const DeltaKernels<T, S>& kernels) {
  const bool winograd = takes_winograd(unit);
  if (kernels.conv(Product::Bf16).keep != nullptr && (kernels.bf16_first || !winograd)) {
    return Product::Bf16;
  }
  return winograd ? Product::Winograd : Product::Direct;
}

}  // namespace zo
