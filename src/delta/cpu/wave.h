#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "src/delta/cpu/base.h"
#include "src/delta/cpu/weights.h"
#include "src/delta/placed_probe.h"
#include "src/delta/plan.h"
#include "src/kernels/bf16.h"

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
  /// `batch_statistics`: BatchNorm follows the perturbed activations; else its statistics stay.
  DeltaWave(const DeltaPlan& plan, const DeltaKernels<T, S>& kernels, bool batch_statistics);

  /// The loss of every probe, in their order. `weights` and `base` belong to the same point.
  void run(const DeltaBase<T>& base,
           const DeltaWeights<T>& weights,
           std::span<const PlacedProbe> probes,
           double* losses);

 private:
  struct State {
    const PlacedProbe* probe = nullptr;
    // The unit of entry: which channels changed, and their planes [changed][blocks][plane].
    int changed = 0;
    std::array<int, SparseProbe::kMaxEdits> channels{};
    AlignedBuffer<S> entry_changes, entry_kept;
    AlignedBuffer<T> entry_output;
    AlignedBuffer<T> gathered;  // weights of the next unit that read these channels
    // Later units: whole changes, block after block.
    std::array<AlignedBuffer<S>, 2> changes;
    std::vector<AlignedBuffer<S>> kept;
    AlignedBuffer<T> logits;
    std::vector<double> sums, squares;  // [channel · lanes + lane] of the unit being computed
    std::vector<ChannelStep<T>> steps;  // of the unit computed last
  };

  void enter(State& state);
  void add_plane(State& state, int u, std::int64_t b, int channel, const T* y, S* change);
  void activate_entry(State& state);
  void begin_unit(State& state, int u);
  void advance(State& state, int u, std::int64_t b);
  void finish_unit(State& state, int u);
  double loss(const State& state);

  void point_skips(const State& state, int v, std::int64_t b);
  void activate(
      State& state, int v, std::int64_t b, int first, int last, const RowRing<T>* ring, T* wide);
  void gather_planes(State& state, int u, std::int64_t b);
  void conv(State& state, int u, std::int64_t b);
  void linear(State& state, int u, std::int64_t b);
  KeepRows<T, S> keep_rows(State& state, int u, std::int64_t b, int first);
  void finish(const DeltaUnit& unit,
              const KeepRows<T, S>& keep,
              int count,
              const T* y,
              std::int64_t y_plane);
  void pool_change(const DeltaUnit& unit, const T* before, const T* change, T* out);

  void add_edits(
      const State& state, int u, std::int64_t b, int first, int last, T* y, std::int64_t y_plane);
  void add_edit(const PlacedEdit& edit, std::int64_t b, int first, int last, int changed, T* y);
  bool has_edits(const State& state, int u) const;
  int changed_input(const State& state, int u, int channel) const;
  ChannelStep<T> step(const State& state,
                      int u,
                      int channel,
                      double sum,
                      double square,
                      S* planes,
                      std::int64_t next);

  /// Whether the whole input of unit `u` changes, not a few channels of it.
  bool whole(const State& state, int u) const { return u > state.probe->entry + 1; }

  bool sums_wanted(int u) const { return batch_statistics_ && plan_.units[u].norm >= 0; }

  const DeltaPlan& plan_;
  const DeltaKernels<T, S>& kernels_;
  bool batch_statistics_;
  const DeltaBase<T>* base_ = nullptr;
  const DeltaWeights<T>* weights_ = nullptr;
  std::vector<State> states_;
  ConvScratch<T> scratch_;
  const DeltaUnit* ring_unit_ = nullptr;  // what the ring is shaped for
  AlignedBuffer<T> wide_, pooled_, maxima_, ones_;
  std::vector<const T*> planes_;
  std::vector<const S*> skips_;
  std::vector<double> tail_sums_, tail_squares_;
  std::vector<double> logits_row_;
};

}  // namespace zo
