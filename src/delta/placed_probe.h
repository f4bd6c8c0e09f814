#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "src/delta/plan.h"
#include "src/oracle/probe.h"

namespace zo {

/// A sparse probe whose edits have found their places, with the steps θ really takes.
struct PlacedProbe {
  std::size_t index = 0;  // in the caller's list
  int entry = 0;          // first unit that an edit touches
  int count = 0;
  std::array<PlacedEdit, SparseProbe::kMaxEdits> edits;
  int changes = 0;  // different channels of the entry that an edit names
  std::array<int, SparseProbe::kMaxEdits> changed;

  std::span<const PlacedEdit> all() const {
    return {edits.data(), static_cast<std::size_t>(count)};
  }
  /// The channels of the entry that change, in the order of the edits.
  std::span<const int> channels() const {
    return {changed.data(), static_cast<std::size_t>(changes)};
  }
  /// Where `channel` stands among them, or −1.
  int change_of(int channel) const;
};

/// Probes that enter at the same unit and are computed together. Their losses go to consecutive
/// places from `place` on; an engine may use `capacity` of them.
struct Wave {
  std::span<const PlacedProbe> probes;
  int capacity = 0;
  std::int64_t place = 0;
};

/// A list of probes, ready to be computed.
struct PlacedList {
  std::vector<PlacedProbe> sparse;  // in the order of the waves
  std::vector<Wave> waves;          // of `sparse`, the dearest first
  std::vector<std::size_t> dense;   // positions in the caller's list
  std::int64_t places = 0;          // of all waves; behind them one a dense probe
};

/// The step that θ takes for an edit.
using StepFunction = std::function<double(const Edit&)>;

PlacedProbe place_probe(const DeltaPlan& plan, const SparseProbe& probe, const StepFunction& step);

/// Cuts a list into waves of at most `capacity(entry)` probes, from an order that does not depend
/// on the caller's: by entry, as the earlier a probe enters the more it costs, then by edits.
PlacedList place_probes(const DeltaPlan& plan,
                        std::span<const Probe> probes,
                        const StepFunction& step,
                        const std::function<int(int entry)>& capacity);

}  // namespace zo
