#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "data/batches.h"
#include "models/network.h"

namespace zo {

/// What the BatchNorms of one forward pass normalised by.
struct BatchStatistics {
  std::vector<double> values;        // mean and biased variance, laid out as Network::norms
  std::vector<std::int64_t> counts;  // elements a channel, per norm: rows × height × width
};

/// `values` as a tensor of float32 or float64, each entry rounded once.
at::Tensor to_tensor(const std::vector<double>& values, at::ScalarType type);
/// The pictures of `batch` as [rows, C, H, W] of `type`, in the memory format that forward() likes
/// best.
at::Tensor picture_tensor(const Batch& batch, Shape shape, at::ScalarType type);
/// The parameters of a network as views into `theta` [dimension], one a segment, in layout order.
std::vector<at::Tensor> parameter_views(const Network& network, const at::Tensor& theta);

/// Logits [B, classes] of `pictures` [B, C, H, W]. All tensors share one type, float32 or float64,
/// and one device.
/// BatchNorm uses the batch's own statistics, or `running` [norm_size] where that is defined;
/// `seen` (batch statistics only) receives them. Differentiable in the parameters; without a
/// gradient to follow, statistics are summed in double.
at::Tensor forward(const Network& network,
                   const std::vector<at::Tensor>& parameters,
                   const at::Tensor& pictures,
                   const at::Tensor& running = {},
                   BatchStatistics* seen = nullptr);

/// Cross-entropy in nats of every row of logits [rows, classes], computed in double; their mean is
/// mean_of_rows.
std::vector<double> example_losses(const at::Tensor& logits,
                                   const std::vector<std::int32_t>& labels);

}  // namespace zo
