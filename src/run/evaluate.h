#pragma once
#include <cstdint>
#include <functional>

#include "data/dataset.h"
#include "models/network.h"
#include "models/weights.h"
#include "src/network/network_oracle.h"

namespace zo {

/// How well a network does on a whole split.
struct Evaluation {
  std::int64_t images = 0;
  double loss = 0.0;         // mean cross-entropy, nats
  double accuracy = 0.0;     // share of pictures whose largest logit is the label, [0, 1]
  std::int64_t queries = 0;  // losses of one batch each that this took; all are report-only
};

/// Evaluates every picture once, not augmented, BatchNorm with the running statistics. Batches of
/// 250, side by side on `threads` threads, or one after the other on a GPU, summed in order: the
/// result does not depend on `threads`. `told` hears on the caller's thread how many are done.
Evaluation evaluate(const Network& network,
                    const Weights& weights,
                    const Dataset& data,
                    Precision precision,
                    int threads,
                    Device device = {},
                    const std::function<void(std::int64_t pictures)>& told = {});

}  // namespace zo
