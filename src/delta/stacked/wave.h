#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "src/delta/stacked/base.h"
#include "src/delta/stacked/records.h"
#include "src/delta/stacked/table.h"

namespace zo {

/// Computes waves of sparse probes as stacked tensors, on the device of the base point's. The unit
/// of entry changes a few channels and the next one sees a few changed inputs: own kernels. Later
/// units run in full through LibTorch, all probes' pictures in one batch, with weights that no
/// probe changes; a probe's own edits there are added to its rows. What is carried is the
/// difference to the base point. T: arithmetic of the rest; S: how differences are kept and
/// convolved (on a GPU Bf16 goes through tensor cores, added up in float32).
template <class T, class S>
class StackedWave {
 public:
  /// `follow`: BatchNorm follows the perturbed activations; else its statistics stay.
  StackedWave(const DeltaPlan& plan, const StackedKernels<T, S>& kernels, bool follow);

  /// Losses of `wave` into losses[0 … capacity), float64 on the device, and those of its pictures
  /// into examples[capacity, rows] unless that is null. `parameters` are one tensor
  /// a segment, at the point of `base`; `rounded` the same in the type of differences.
  void run(const WaveRecords& wave,
           const RecordMemory& memory,
           const StackedBase<T>& base,
           const std::vector<at::Tensor>& parameters,
           const std::vector<at::Tensor>& rounded,
           double* losses,
           double* examples);

 private:
  at::Tensor enter() const;
  at::Tensor spread(int u, const at::Tensor& change) const;
  at::Tensor scatter(const at::Tensor& change) const;
  void add_edits(int u, const at::Tensor& change, at::Tensor& dy) const;
  at::Tensor activate(int u, const Stack& planes, at::Tensor dy) const;
  at::Tensor pool(int u, Stack planes, at::Tensor da) const;
  void loss(const at::Tensor& logits, double* losses, double* examples) const;

  Stack few(int u) const;
  Stack all(int u) const;
  bool last(int u) const { return u + 1 == static_cast<int>(plan_.units.size()); }
  at::Tensor room(at::IntArrayRef sizes) const;
  void check(int code) const { check_launch(code, kernels_.base.reason); }

  const DeltaPlan& plan_;
  const StackedKernels<T, S>& kernels_;
  bool follow_;
  const WaveRecords* wave_ = nullptr;
  const RecordMemory* memory_ = nullptr;
  const StackedBase<T>* base_ = nullptr;
  const std::vector<at::Tensor>* parameters_ = nullptr;
  std::vector<at::Tensor> outputs_;  // changes that a later unit adds
};

/// The type of tensors that hold S.
template <class S>
at::ScalarType stored_type();

}  // namespace zo
