#include "src/network/network_state.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "src/base/error.h"

namespace zo {

NetworkState::NetworkState(Network network,
                           const Weights& weights,
                           BatchFunction batches,
                           OracleConfig config)
    : network_(std::move(network)),
      batches_(std::move(batches)),
      config_(config),
      running_(weights.norms),
      batches_tracked_(weights.batches_tracked) {
  const std::int64_t dimension = network_.layout.dimension();
  if (static_cast<std::int64_t>(weights.theta.size()) != dimension ||
      static_cast<std::int64_t>(running_.size()) != network_.norm_size()) {
    fail_run(
        "weights of {} parameters and {} running statistics do not fit {}, which has {} and {}",
        weights.theta.size(),
        running_.size(),
        network_.name,
        dimension,
        network_.norm_size());
  }
}

Weights NetworkState::weights(std::vector<double> theta) const {
  return {std::move(theta), running_, batches_tracked_};
}

void NetworkState::fold(const BatchStatistics& seen) {
  // One point with a NaN must not spoil the average of all later evaluations.
  if (!std::all_of(
          seen.values.begin(), seen.values.end(), [](double v) { return std::isfinite(v); })) {
    return;
  }
  const double share = std::max(0.1, 1.0 / static_cast<double>(batches_tracked_ + 1));
  for (std::size_t n = 0; n < network_.norms.size(); ++n) {
    const Norm& norm = network_.norms[n];
    const auto count = static_cast<double>(seen.counts[n]);
    for (std::int64_t i = 0; i < std::int64_t{2} * norm.channels; ++i) {
      const double unbiased = i < norm.channels || seen.counts[n] < 2 ? 1.0 : count / (count - 1.0);
      double& running = running_[norm.offset + i];
      running = stored((1.0 - share) * running + share * unbiased * seen.values[norm.offset + i],
                       config_.precision);
    }
  }
  ++batches_tracked_;
}

}  // namespace zo
