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

/// Where losses are computed: the CPU, or one of the GPUs that are visible. One process uses one GPU.
struct Device {
  int gpu = -1;  // its number from 0; −1: the CPU

  bool is_cuda() const { return gpu >= 0; }
};

struct OracleConfig {
  Precision precision = Precision::Float32;
  BnMode bn = BnMode::Batch;
  int threads = 1;
  Differences differences = Differences::Full;
  Device device = {};
  /// Of stacked tensors: bytes that the differences of a wave take at one layer; 0: what the device's
  /// cache suits.
  std::int64_t wave_bytes = 0;
};

/// Gives batch `number`; a pure function.
using BatchFunction = std::function<Batch(std::int64_t number)>;

/// An oracle whose loss is a network's. An interface only: whoever computes owns a NetworkState.
class NetworkOracle : public LossOracle, public GradientSource {
 public:
  virtual const Network& network() const = 0;
  /// θ and the running statistics, for checkpoints, export and evaluation.
  virtual Weights weights() const = 0;

 protected:
  using LossOracle::LossOracle;
};

/// The plain truth on config.device: set the weights, run the whole forward, restore by copy.
std::unique_ptr<NetworkOracle> make_reference_oracle(Network network,
                                                     const Weights& weights,
                                                     BatchFunction batches,
                                                     OracleConfig config);

}  // namespace zo
