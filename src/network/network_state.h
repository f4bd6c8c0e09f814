#pragma once
#include <cstdint>
#include <vector>

#include "models/forward.h"
#include "src/network/network_oracle.h"

namespace zo {

/// What every oracle that computes a network itself owns beside θ: the network, where batches come
/// from, and the running statistics. A running statistic moves once for every base point that
/// `move` departs from, by a factor of max(0.1, 1/(n+1)) with n = batches tracked so far: the mean
/// of the first ten batches, then PyTorch's momentum 0.1. The variance folded in is the unbiased
/// one (n/(n−1)), as PyTorch's.
class NetworkState {
 public:
  /// Throws Error(Run) when `weights` do not fit `network`.
  NetworkState(Network network, const Weights& weights, BatchFunction batches, OracleConfig config);

  const Network& network() const { return network_; }
  const OracleConfig& config() const { return config_; }
  Batch batch(std::int64_t number) const { return batches_(number); }
  /// Whether BatchNorm follows the batch; else it uses running().
  bool follows_batch() const { return config_.bn == BnMode::Batch; }
  /// Running mean and variance of every norm, laid out as Network::norms says.
  const std::vector<double>& running() const { return running_; }
  /// Folds the statistics of a base point into the running ones, unless one is not finite.
  void fold(const BatchStatistics& seen);
  /// `theta` and the running statistics.
  Weights weights(std::vector<double> theta) const;

 private:
  Network network_;
  BatchFunction batches_;
  OracleConfig config_;
  std::vector<double> running_;
  std::int64_t batches_tracked_ = 0;
};

}  // namespace zo
