#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "src/base/layout.h"

namespace zo {

/// Channels × height × width of one picture's activations.
struct Shape {
  int channels = 0, height = 0, width = 0;
  std::int64_t size() const { return std::int64_t{channels} * height * width; }
  int pixels() const { return height * width; }
  bool operator==(const Shape&) const = default;
};

enum class OpKind { Conv3x3, BatchNorm, Relu, Residual, MaxPool2, GlobalPool, Flatten, Linear };

/// One operation. It reads the output of the operation before it (the first reads the pictures);
/// Residual adds to that the output of `skip`.
struct Op {
  OpKind kind = OpKind::Relu;
  std::string name;  // "layer1.0.conv1"; parameters are NAME.weight and NAME.bias
  Shape in, out;     // a Linear or pooled output has height = width = 1
  int stride = 1;    // Conv3x3 (padding 1) and the subsampling of a Residual's shortcut
  int weight = -1;   // segment numbers in the layout; -1: none.
  int bias = -1;     // BatchNorm: weight = scale, bias = shift
  int norm = -1;     // BatchNorm: its number among Network::norms
  int skip = -1;  // Residual: the operation whose output is added, -1 never. Where shapes differ:
                  // option A, every stride-th pixel, zero channels added equally on both sides
};

/// A BatchNorm's running statistics: NAME.running_mean, NAME.running_var, each `channels` long,
/// stored one after the other in one vector of all norms: mean at `offset`, variance at offset +
/// channels.
struct Norm {
  std::string name;
  int channels = 0;
  std::int64_t offset = 0;
};

/// A network is a list of operations; every way of computing it reads this list.
struct Network {
  std::string name;
  Shape input;
  int classes = 0;
  std::vector<Op> ops;
  Layout layout;
  std::vector<Norm> norms;

  std::int64_t norm_size() const {
    return norms.empty() ? 0 : norms.back().offset + std::int64_t{2} * norms.back().channels;
  }
};

constexpr double kBatchNormEps = 1e-5;  // torch::nn::BatchNorm2d's default

/// Multiply-adds of one operation for one picture (convolutions and linear layers; others 0).
std::int64_t multiply_adds(const Op& op);

}  // namespace zo
