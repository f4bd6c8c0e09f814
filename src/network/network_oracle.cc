#include "src/network/network_oracle.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "src/base/error.h"

namespace zo {

NetworkOracle::NetworkOracle(Network network,
                             const Weights& weights,
                             BatchFunction batches,
                             OracleConfig config)
    : LossOracle(network.layout, config.precision),
      network_(std::move(network)),
      config_(config),
      batches_(std::move(batches)),
      norms_(weights.norms),
      batches_tracked_(weights.batches_tracked) {
  if (static_cast<std::int64_t>(weights.theta.size()) != dimension() ||
      static_cast<std::int64_t>(norms_.size()) != network_.norm_size()) {
    fail_run(
        "weights of {} parameters and {} running statistics do not fit {}, which has {} and {}",
        weights.theta.size(),
        norms_.size(),
        network_.name,
        dimension(),
        network_.norm_size());
  }
}

Weights NetworkOracle::weights() const { return {theta(), norms_, batches_tracked_}; }

void NetworkOracle::fold_statistics(const std::vector<double>& batch,
                                    const std::vector<std::int64_t>& counts) {
  // One point with a NaN must not spoil the average of all later evaluations.
  if (!std::all_of(batch.begin(), batch.end(), [](double value) { return std::isfinite(value); })) {
    return;
  }
  const double share = std::max(0.1, 1.0 / static_cast<double>(batches_tracked_ + 1));
  for (std::size_t n = 0; n < network_.norms.size(); ++n) {
    const Norm& norm = network_.norms[n];
    const auto count = static_cast<double>(counts[n]);
    for (std::int64_t i = 0; i < 2 * norm.channels; ++i) {
      const double unbiased = i < norm.channels || counts[n] < 2 ? 1.0 : count / (count - 1.0);
      double& running = norms_[norm.offset + i];
      running = stored((1.0 - share) * running + share * unbiased * batch[norm.offset + i]);
    }
  }
  ++batches_tracked_;
}

}  // namespace zo
