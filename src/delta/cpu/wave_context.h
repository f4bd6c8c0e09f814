#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "src/delta/cpu/base.h"
#include "src/delta/cpu/layout.h"
#include "src/delta/cpu/scratch.h"
#include "src/delta/cpu/weights.h"
#include "src/delta/placed_probe.h"
#include "src/delta/plan.h"
#include "src/kernels/bf16.h"

namespace zo {

/// What a wave carries of one probe from unit to unit: differences to the base point.
template <class T, class S>
struct ProbeState {
  const PlacedProbe* probe = nullptr;
  // Of the entry: planes of the channels that change, [changes][blocks][plane], in front of the
  // activation, behind it, and behind it as a later unit adds them.
  AlignedBuffer<S> entry_changes, entry_shortcut;
  AlignedBuffer<T> entry_output;
  AlignedBuffer<T> gathered;  // weights of the next unit that read these channels
  // Of later units: whole changes, block after block, in the slots of the layout.
  std::array<AlignedBuffer<S>, 2> changes;
  std::vector<AlignedBuffer<S>> shortcuts;
  AlignedBuffer<T> logits;
  std::vector<double> sums, squares;  // [channel · lanes + lane] of the unit being computed
  std::vector<ChannelStep<T>> steps;  // of the unit computed last, padded as its channels
  bool kept = false;                  // changes are written out even where WaveTwice would not

  /// Whether the whole input of unit `u` changes, not a few channels of it.
  bool whole(int u) const { return u > probe->entry + 1; }
};

/// What the parts of a wave share: what they compute with, and the memory of their thread.
///
/// The parts are called in this order, wave by wave (DeltaWave::run):
///   WaveEntry::enter      once a probe: the unit of entry
///   WaveUnit::begin       for every later unit, once a probe; then
///   WaveUnit::advance       once a block and probe, and
///   WaveUnit::finish        once a probe
/// Both ask WaveEdits for the probe's own edits of the unit before its outputs become changes.
template <class T, class S>
struct WaveContext {
  WaveContext(const DeltaPlan& the_plan,
              const CpuLayout& the_layout,
              const DeltaKernels<T, S>& the_kernels,
              bool follow_batch)
      : plan(the_plan), layout(the_layout), kernels(the_kernels), follow(follow_batch) {}

  const DeltaPlan& plan;
  const CpuLayout& layout;
  const DeltaKernels<T, S>& kernels;
  bool follow;  // BatchNorm follows the perturbed activations; else its statistics stay
  const DeltaBase<T>* base = nullptr;
  const DeltaWeights<T>* weights = nullptr;
  ConvScratch<T> scratch;
  AlignedBuffer<T> unpooled, maxima;
  std::vector<double> tail_sums, tail_squares;  // of a block whose lanes may not all be pictures

  bool last(int u) const { return u + 1 == static_cast<int>(plan.units.size()); }
  bool moments_wanted(int u) const { return follow && plan.units[u].norm >= 0; }

  /// How channel `channel` of unit `u` is activated, given the moments of its changes, whose plane
  /// of block b begins at planes + b·next.
  ChannelStep<T> step(const PlacedProbe& probe,
                      int u,
                      int channel,
                      double sum,
                      double square,
                      S* planes,
                      std::int64_t next);
  /// How kernels add up the changes of unit `u` from element `from` of its planes on; steps and sums
  /// are left open.
  PoolRows<T> pool_rows(int u, std::int64_t from) const;
  /// Change of a pooled plane of unit `u`; `before` is the base activation in front of a maximum
  /// pooling.
  void pool_change(int u, const T* before, const T* change, T* out);
};

}  // namespace zo
