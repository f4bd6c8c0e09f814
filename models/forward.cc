#include "models/forward.h"

#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "src/kernels/channel_moments.h"
#include "src/kernels/cross_entropy.h"

namespace zo {
namespace {

/// One walk along the operations.
class Pass {
 public:
  Pass(const Network& network,
       const std::vector<at::Tensor>& parameters,
       const at::Tensor& running,
       BatchStatistics* seen)
      : network_(network), parameters_(parameters), running_(running), seen_(seen) {}

  at::Tensor run(const at::Tensor& pictures) {
    const auto count = network_.ops.size();
    std::vector<bool> kept(count, false);
    for (const Op& op : network_.ops) {
      if (op.skip >= 0) kept[op.skip] = true;
    }
    outputs_.resize(count);
    at::Tensor x = pictures;
    // Elementwise operations overwrite their input where nobody else reads it: the pictures belong
    // to the caller, a skip's output is read again, and flattening only renames the input's memory.
    bool overwrite = false;
    for (std::size_t i = 0; i < count; ++i) {
      const Op& op = network_.ops[i];
      x = apply(op, x, overwrite);
      overwrite = !kept[i] && (overwrite || op.kind != OpKind::Flatten);
      if (kept[i]) outputs_[i] = x;
    }
    return x;
  }

 private:
  at::Tensor apply(const Op& op, const at::Tensor& x, bool overwrite) const {
    switch (op.kind) {
      case OpKind::Conv3x3:
        return at::conv2d(x, weight(op), bias(op), op.stride, 1);
      case OpKind::BatchNorm:
        return batch_norm(op, x);
      case OpKind::Relu:
        return overwrite ? at::relu_(const_cast<at::Tensor&>(x)) : at::relu(x);
      case OpKind::Residual:
        return residual(op, overwrite ? x : x.clone());
      case OpKind::MaxPool2:
        return at::max_pool2d(x, 2);
      case OpKind::GlobalPool:
        return x.mean({2, 3});
      case OpKind::Flatten:
        return at::flatten(x, 1);
      case OpKind::Linear:
        return at::linear(x, weight(op), bias(op));
    }
    return {};
  }

  at::Tensor weight(const Op& op) const { return in_vectors(parameters_[op.weight]); }
  at::Tensor bias(const Op& op) const {
    return op.bias < 0 ? at::Tensor() : in_vectors(parameters_[op.bias]);
  }

  /// On a GPU a copy where a view into θ begins between two vectors of 16 bytes: cuDNN's BatchNorm
  /// reads scales and shifts in such vectors and takes any address ("misaligned address").
  static at::Tensor in_vectors(const at::Tensor& view) {
    const bool between = reinterpret_cast<std::uintptr_t>(view.const_data_ptr()) % 16 != 0;
    return view.is_cuda() && between ? view.clone() : view;
  }

  at::Tensor residual(const Op& op, at::Tensor sum) const {
    at::Tensor skip = outputs_[op.skip];
    if (op.stride != 1) skip = skip.slice(2, 0, {}, op.stride).slice(3, 0, {}, op.stride);
    const auto channels = skip.size(1);
    sum.narrow(1, (sum.size(1) - channels) / 2, channels).add_(skip);
    return sum;
  }

  at::Tensor batch_norm(const Op& op, const at::Tensor& x) const {
    const Norm& norm = network_.norms[op.norm];
    const auto normalise = [&](const at::Tensor& mean, const at::Tensor& variance, bool batch) {
      return at::batch_norm(
          x, weight(op), bias(op), mean, variance, batch, 0.0, kBatchNormEps, false);
    };
    if (running_.defined()) {
      return normalise(running_.narrow(0, norm.offset, norm.channels),
                       running_.narrow(0, norm.offset + norm.channels, norm.channels),
                       false);
    }
    if (c10::GradMode::is_enabled() && (x.requires_grad() || weight(op).requires_grad())) {
      return normalise({}, {}, true);
    }
    const auto moments = moments_of(x);
    if (seen_ != nullptr) {
      std::copy(moments.begin(), moments.end(), seen_->values.begin() + norm.offset);
      seen_->counts[op.norm] = x.numel() / norm.channels;
    }
    const auto both = to_tensor(moments, x.scalar_type()).to(x.device());
    return normalise(
        both.narrow(0, 0, norm.channels), both.narrow(0, norm.channels, norm.channels), false);
  }

  /// Means, then biased variances.
  static std::vector<double> moments_of(const at::Tensor& x) {
    const auto channels = static_cast<int>(x.size(1));
    const auto rows = x.numel() / channels;
    if (!x.is_cpu()) return moments_on_device(x);
    const auto last = x.contiguous(at::MemoryFormat::ChannelsLast);
    std::vector<double> moments(2 * x.size(1));
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "channel_moments", [&] {
      channel_moments(last.const_data_ptr<scalar_t>(),
                      rows,
                      channels,
                      moments.data(),
                      moments.data() + channels);
    });
    return moments;
  }

  static std::vector<double> moments_on_device(const at::Tensor& x) {
    const auto [variance, mean] = at::var_mean(x.to(at::kDouble), at::IntArrayRef{0, 2, 3}, 0);
    const auto both = at::cat({mean, variance}).cpu();
    return {both.const_data_ptr<double>(), both.const_data_ptr<double>() + both.numel()};
  }

  const Network& network_;
  const std::vector<at::Tensor>& parameters_;
  const at::Tensor& running_;
  BatchStatistics* seen_;
  std::vector<at::Tensor> outputs_;
};

}  // namespace

at::Tensor to_tensor(const std::vector<double>& values, at::ScalarType type) {
  const auto size = static_cast<std::int64_t>(values.size());
  at::Tensor tensor = at::empty({size}, type);
  AT_DISPATCH_FLOATING_TYPES(type, "to_tensor", [&] {
    std::transform(values.begin(), values.end(), tensor.data_ptr<scalar_t>(), [](double value) {
      return static_cast<scalar_t>(value);
    });
  });
  return tensor;
}

at::Tensor picture_tensor(const Batch& batch, Shape shape, at::ScalarType type) {
  // from_blob never writes; the cast only drops a const that its signature lacks.
  const auto view = at::from_blob(const_cast<float*>(batch.images.data()),
                                  {batch.rows, shape.channels, shape.height, shape.width},
                                  at::kFloat);
  return at::empty(view.sizes(), view.options().dtype(type), at::MemoryFormat::ChannelsLast)
      .copy_(view);
}

std::vector<at::Tensor> parameter_views(const Network& network, const at::Tensor& theta) {
  std::vector<at::Tensor> views;
  for (const Segment& segment : network.layout.segments) {
    views.push_back(theta.narrow(0, segment.offset, segment.size).view(segment.shape));
  }
  return views;
}

at::Tensor forward(const Network& network,
                   const std::vector<at::Tensor>& parameters,
                   const at::Tensor& pictures,
                   const at::Tensor& running,
                   BatchStatistics* seen) {
  if (seen != nullptr) {
    seen->values.assign(network.norm_size(), 0.0);
    seen->counts.assign(network.norms.size(), 0);
  }
  return Pass(network, parameters, running, seen).run(pictures);
}

std::vector<double> example_losses(const at::Tensor& logits,
                                   const std::vector<std::int32_t>& labels) {
  const auto rows = logits.size(0);
  const auto classes = static_cast<int>(logits.size(1));
  const auto dense = logits.cpu().contiguous();
  std::vector<double> losses(rows);
  AT_DISPATCH_FLOATING_TYPES(logits.scalar_type(), "example_losses", [&] {
    cross_entropy_rows(
        dense.const_data_ptr<scalar_t>(), labels.data(), rows, classes, losses.data());
  });
  return losses;
}

}  // namespace zo
