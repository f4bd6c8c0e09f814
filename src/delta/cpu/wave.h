#pragma once
#include <span>
#include <vector>

#include "src/delta/cpu/wave_context.h"
#include "src/delta/cpu/wave_edits.h"
#include "src/delta/cpu/wave_entry.h"
#include "src/delta/cpu/wave_unit.h"

namespace zo {

/// Computes losses of probes that enter at the same unit, on one thread, in buffers that stay.
///
/// The unit of entry changes a few channels only; the next unit sees a few changed input channels
/// and changes everywhere; later units are computed in full. What is carried from unit to unit is
/// the difference to the base point, so its rounding is relative to the difference. The arithmetic
/// of a probe does not depend on the others of its wave. T: arithmetic; S: how differences are kept
/// between units.
template <class T, class S>
class DeltaWave {
 public:
  /// `follow`: BatchNorm follows the perturbed activations; else its statistics stay.
  DeltaWave(const DeltaPlan& plan,
            const CpuLayout& layout,
            const DeltaKernels<T, S>& kernels,
            bool follow)
      : context_(plan, layout, kernels, follow),
        edits_(context_),
        entry_(context_, edits_),
        unit_(context_, edits_) {}
  DeltaWave(const DeltaWave&) = delete;
  DeltaWave& operator=(const DeltaWave&) = delete;

  /// The loss of every probe, in their order, and those of its pictures [probes, rows] unless
  /// `examples` is null. `weights` and `base` belong to the same point.
  void run(const DeltaBase<T>& base,
           const DeltaWeights<T>& weights,
           std::span<const PlacedProbe> probes,
           double* losses,
           double* examples);

 private:
  WaveContext<T, S> context_;
  WaveEdits<T, S> edits_;
  WaveEntry<T, S> entry_;
  WaveUnit<T, S> unit_;
  std::vector<ProbeState<T, S>> states_;
  std::vector<double> example_losses_;
};

}  // namespace zo
