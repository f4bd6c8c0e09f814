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
  /// `pack`: of every unit for its own_product(); `pack_bf16`: what `kernels` multiply in bf16.
  void pack();
  template <class S>
  void pack_bf16(const DeltaKernels<T, S>& kernels);
  /// Weights of unit `u` for plain products, [padded/out_block][channels][taps][out_block]; of units
  /// that own_product() computes so.
  const T* direct(int u) const { return direct_[u].data(); }
  /// The convolution of unit `u` by `product`, of the rows in `ring`; rows and scratch are left
  /// open.
  ConvBand<T> band(int u, Product product, const RowRing<T>& ring) const;
  /// Packs the weights of some input channels only, laid out as `direct`.
  void gather(int u, std::span<const int> channels, AlignedBuffer<T>& packed) const;

 private:
  void pack_winograd(int u);
  void pack_bf16_unit(int u, int most_outs);

  const DeltaPlan& plan_;
  int out_block_;
  bool current_ = false, bf16_current_ = false;
  const T* theta_ = nullptr;
  std::vector<AlignedBuffer<T>> direct_, winograd_;
  std::vector<AlignedBuffer<Bf16>> bf16_;
  std::vector<Bf16ConvLayout> layouts_;
};

/// How the map of `unit` is computed in T, whatever changes are kept in.
Product own_product(const DeltaUnit& unit);

/// How `kernels` compute the convolution of `unit` when its whole input changes.
template <class T, class S>
Product whole_product(const DeltaUnit& unit, const DeltaKernels<T, S>& kernels) {
  const Product own = own_product(unit);
  const bool bf16 = kernels.conv(Product::Bf16).keep != nullptr;
  return bf16 && (kernels.bf16_first || own != Product::Winograd) ? Product::Bf16 : own;
}

}  // namespace zo
