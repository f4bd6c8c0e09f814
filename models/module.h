#pragma once
#include <torch/nn/module.h>

#include <string>
#include <vector>

#include "models/network.h"
#include "models/weights.h"

namespace zo {

/// A network as a torch::nn::Module, for autograd and torch::optim: parameters and buffers carry
/// the names of the weight files, and the pass is models/forward.h. In training mode BatchNorm uses
/// the batch, otherwise the running statistics; these are buffers that the module reads and never
/// moves, because only an accepted step of an oracle does.
class NetworkModule : public torch::nn::Module {
 public:
  /// `type`: float32 or float64.
  NetworkModule(Network network, const Weights& weights, at::ScalarType type);
  /// Logits [B, classes] of pictures [B, C, H, W] of the module's type.
  at::Tensor forward(const at::Tensor& pictures);

 private:
  torch::nn::Module& owner_of(const std::string& name);
  Network network_;
  std::vector<at::Tensor> parameters_;  // in layout order
  std::vector<at::Tensor> statistics_;  // mean and variance of every norm, in order
};

}  // namespace zo
