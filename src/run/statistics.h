#pragma once
#include <cstdint>
#include <string>

#include "data/dataset.h"
#include "models/network.h"
#include "models/weights.h"
#include "src/network/network_oracle.h"

namespace zo {

constexpr std::int64_t kStatisticsBatches = 20;  // of --bn-batches, where nobody says otherwise

/// `weights` with the statistics of every BatchNorm taken anew at θ: running ones lag behind a θ
/// that moves fast and seldom. Mean over `count` batches of the batch mean and of the unbiased batch
/// variance, which is what the running statistics estimate. The batches are 250 pictures of `train`
/// each (all of a smaller set), not augmented, as those of an evaluation are, in an order drawn once
/// for all runs; never more than one pass over the set. Independent of `threads`. Each batch is one
/// query, report-only. Where a statistic is not finite the running ones stay.
struct RetakenStatistics {
  Weights weights;
  std::int64_t batches =
      0;  // taken; 0 for a network without BatchNorm or count 0: weights as given
};
RetakenStatistics retake_statistics(const Network& network,
                                    const Weights& weights,
                                    const Dataset& train,
                                    std::int64_t count,
                                    Precision precision,
                                    int threads,
                                    Device device = {});

/// In words: "running", "retaken from 20 training batches", or "none" without BatchNorm.
std::string statistics_text(const Network& network, std::int64_t batches);

}  // namespace zo
