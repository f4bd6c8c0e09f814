#pragma once
#include <ATen/ops/empty.h>

#include <cstdint>
#include <vector>

#include "models/network.h"
#include "src/delta/plan.h"
#include "src/delta/stacked/table.h"

namespace zo {

/// What one unit computed at the base point, as contiguous tensors of T.
struct StackedUnit {
  at::Tensor centred;  // [B, C, H, W]: pre-activation minus a shift near its channel's mean
  at::Tensor z;        // alike: what the ReLU reads
  at::Tensor before;   // alike: activation in front of the pooling
  at::Tensor output;   // behind the pooling
  at::Tensor norms;    // [C, 4] float64: a BaseNorm a channel; undefined without BatchNorm
};

/// Pictures [B, C, H, W] of T and labels [B] int32 on a device.
struct StackedBatch {
  at::Tensor pictures, labels;
  std::int64_t rows() const { return pictures.size(0); }
};

/// The linear map of `unit` without its bias: x [N, C, H, W] (or as many elements for a linear
/// layer), weight of x's type → contiguous [N, C', H', W'].
at::Tensor linear_map(const DeltaUnit& unit, const at::Tensor& x, const at::Tensor& weight);

/// What the shortcut of `unit` adds, read from `from`, the output of the unit that it begins behind.
template <class V>
Shortcut<V> shortcut_of(const DeltaPlan& plan, const DeltaUnit& unit, const V* from) {
  const Shape& source = plan.units[unit.skip].out;
  return {from,
          unit.mid.width,
          source.channels,
          unit.skip_before,
          unit.skip_stride,
          source.height,
          source.width};
}

/// Room for the sums of the slices of a step that reduces, on the device of `doubles`.
template <class Work>
at::Tensor slice_room(const Work& work, const at::TensorOptions& doubles) {
  static_assert(sizeof(TwoSums) == 2 * sizeof(double));
  return at::empty({work.groups(), Slices::of(work.pictures(), work.pixels()).count, 2}, doubles);
}

/// Throws Error(Run) with the reason of a launch that failed.
void check_launch(int code, const char* (*reason)(int));

/// A forward pass over the current batch on whatever device its tensors are on: LibTorch's linear
/// maps, `kernels` for the rest. T: float or double. Nothing waits for the device but `loss` and
/// `statistics`.
template <class T>
class StackedBase {
 public:
  StackedBase(const DeltaPlan& plan, const BaseKernels<T>& kernels);

  /// Computes all units. `parameters`: one tensor a segment; `running`: float64 running statistics
  /// to normalise by (laid out as `norms` says), or undefined for the batch's own.
  void run(const StackedBatch& batch,
           const std::vector<at::Tensor>& parameters,
           const std::vector<Norm>& norms,
           const at::Tensor& running);
  const StackedUnit& unit(int u) const { return units_[u]; }
  const at::Tensor& input(int u) const { return u == 0 ? batch_.pictures : units_[u - 1].output; }
  const StackedBatch& batch() const { return batch_; }

  /// Cross-entropy of every picture in nats, and their mean: float64 tensors on the device.
  struct Losses {
    at::Tensor examples, mean;  // [rows], [1]
  };
  Losses losses() const;
  /// What the norms normalised by in the last run without `running`: mean and biased variance.
  std::vector<double> statistics() const;

 private:
  void normalise(int u, const std::vector<Norm>& norms, const at::Tensor& running);
  void activate(int u);
  void pool(int u);
  const T* parameter(int segment) const;
  Stack planes(int u) const;

  const DeltaPlan& plan_;
  const BaseKernels<T>& kernels_;
  StackedBatch batch_;
  std::vector<at::Tensor> parameters_;
  std::vector<StackedUnit> units_;
  std::vector<at::Tensor> lines_;  // a ChannelLine<T> a channel, where there is a norm
  at::Tensor statistics_;
};

}  // namespace zo
