#pragma once
#include <cstdint>

#include "src/delta/cpu/wave_context.h"
#include "src/delta/cpu/wave_edits.h"

namespace zo {

/// The unit of entry: only the channels that an edit names change, whatever the layer. WaveContext
/// says when it is called.
template <class T, class S>
class WaveEntry {
 public:
  WaveEntry(WaveContext<T, S>& context, const WaveEdits<T, S>& edits)
      : context_(context), edits_(edits) {}

  /// Computes the changes of the entry's output, or of the logits where it is the last unit, and
  /// gathers the weights that the next unit reads them with.
  void enter(ProbeState<T, S>& state);

 private:
  void compute_logits(ProbeState<T, S>& state);
  ChannelStep<T> compute_channel(ProbeState<T, S>& state, int change);
  void activate_channel(ProbeState<T, S>& state, int change, std::int64_t b);

  WaveContext<T, S>& context_;
  const WaveEdits<T, S>& edits_;
};

}  // namespace zo
