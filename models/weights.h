#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/network.h"

namespace zo {

/// The values of a network: θ in layout order and the running statistics (Network::norms).
/// Held in double; a float32 network stores only values that are exact in float32.
struct Weights {
  std::vector<double> theta;
  std::vector<double> norms;         // length network.norm_size()
  std::int64_t batches_tracked = 0;  // num_batches_tracked of every BatchNorm
};

/// He initialisation (Kaiming-normal, fan_in, gain √2, for convolutions and linear layers; linear
/// bias U(±1/√fan_in); BatchNorm scale 1, shift 0, running mean 0, variance 1), drawn by Philox
/// from (seed, Purpose::Init, segment number), rounded to float32.
Weights initial_weights(const Network& network, std::uint64_t seed);

/// Writes float32 tensors under the names of the usual CIFAR ResNets. `path` ends in .safetensors
/// or .pt (a plain dict that torch.load(weights_only=True) opens). Atomic: a temporary file, then
/// rename.
void save_weights(const std::string& path, const Network& network, const Weights& weights);

/// Reads either format, also files saved by Python (safetensors.torch.save_file, torch.save of a
/// state_dict). Running statistics may be missing (then 0 and 1). Throws Error(Usage) with the
/// file, the tensor and the reason: missing or unexpected tensor, wrong shape or dtype, NaN or
/// infinite value.
Weights load_weights(const std::string& path, const Network& network);

}  // namespace zo
