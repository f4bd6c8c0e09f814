#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "data/batches.h"
#include "models/network.h"
#include "models/weights.h"
#include "src/oracle/loss_oracle.h"

namespace zo {

/// Which statistics BatchNorm uses in base and probe losses.
enum class BnMode { Batch, Running };

/// How the delta oracle keeps the changes that a probe carries from layer to layer: in the type of
/// the arithmetic, or rounded to bfloat16, which halves their memory and costs some 0.1 % of a
/// difference.
enum class Differences { Full, Bf16 };

/// Where losses are computed. CUDA: the first GPU (CUDA_VISIBLE_DEVICES chooses which that is).
enum class Device { Cpu, Cuda };

struct OracleConfig {
  Precision precision = Precision::Float32;
  BnMode bn = BnMode::Batch;
  int threads = 1;
  Differences differences = Differences::Full;
  Device device = Device::Cpu;
};

/// Gives batch `number`; a pure function.
using BatchFunction = std::function<Batch(std::int64_t number)>;

/// What all oracles of networks share: the network, its running statistics and the batches. A
/// running statistic moves once for every base point that `move` departs from, by a factor of
/// max(0.1, 1/(n+1)) with n = batches tracked so far: the mean of the first ten batches, then
/// PyTorch's momentum 0.1. The variance folded in is the unbiased one (n/(n−1)), as PyTorch's.
class NetworkOracle : public LossOracle, public GradientSource {
 public:
  const Network& network() const { return network_; }
  /// θ and the running statistics, for checkpoints, export and evaluation.
  virtual Weights weights() const;

 protected:
  NetworkOracle(Network network,
                const Weights& weights,
                BatchFunction batches,
                OracleConfig config);
  /// Folds the statistics of a base point into the running ones: biased batch variance and mean of
  /// every norm, laid out as Network::norms says; `counts` = elements a channel, per norm.
  void fold_statistics(const std::vector<double>& batch, const std::vector<std::int64_t>& counts);

  Network network_;
  OracleConfig config_;
  BatchFunction batches_;
  std::vector<double> norms_;
  std::int64_t batches_tracked_ = 0;
};

/// The plain truth on config.device: set the weights, run the whole forward, restore by copy
/// (src/oracle/reference_oracle.cc).
std::unique_ptr<NetworkOracle> make_reference_oracle(Network network,
                                                     const Weights& weights,
                                                     BatchFunction batches,
                                                     OracleConfig config);

}  // namespace zo
