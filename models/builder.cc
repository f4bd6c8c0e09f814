#include "models/builder.h"

#include <utility>

namespace zo {

NetworkBuilder::NetworkBuilder(std::string name, Shape input, int classes) {
  network_.name = std::move(name);
  network_.input = input;
  network_.classes = classes;
}

Shape NetworkBuilder::shape() const {
  return network_.ops.empty() ? network_.input : network_.ops.back().out;
}

Op NetworkBuilder::next(OpKind kind, const std::string& name) const {
  Op op;
  op.kind = kind;
  op.name = name;
  op.in = op.out = shape();
  return op;
}

int NetworkBuilder::append(Op op) {
  network_.ops.push_back(std::move(op));
  return static_cast<int>(network_.ops.size()) - 1;
}

int NetworkBuilder::conv3x3(const std::string& name, int channels, int stride, bool bias) {
  Op op = next(OpKind::Conv3x3, name);
  op.stride = stride;
  op.out = {channels, (op.in.height + stride - 1) / stride, (op.in.width + stride - 1) / stride};
  op.weight =
      network_.layout.append(name + ".weight", {channels, op.in.channels, 3, 3}, Role::Convolution);
  if (bias) op.bias = network_.layout.append(name + ".bias", {channels}, Role::Bias);
  return append(std::move(op));
}

int NetworkBuilder::batch_norm(const std::string& name) {
  Op op = next(OpKind::BatchNorm, name);
  const int channels = op.in.channels;
  op.weight = network_.layout.append(name + ".weight", {channels}, Role::NormScale);
  op.bias = network_.layout.append(name + ".bias", {channels}, Role::NormShift);
  op.norm = static_cast<int>(network_.norms.size());
  network_.norms.push_back({name, channels, network_.norm_size()});
  return append(std::move(op));
}

int NetworkBuilder::relu(const std::string& name) { return append(next(OpKind::Relu, name)); }

int NetworkBuilder::residual(const std::string& name, int skip, int stride) {
  Op op = next(OpKind::Residual, name);
  op.skip = skip;
  op.stride = stride;
  return append(std::move(op));
}

int NetworkBuilder::max_pool2(const std::string& name) {
  Op op = next(OpKind::MaxPool2, name);
  op.out = {op.in.channels, op.in.height / 2, op.in.width / 2};
  return append(std::move(op));
}

int NetworkBuilder::global_pool(const std::string& name) {
  Op op = next(OpKind::GlobalPool, name);
  op.out = {op.in.channels, 1, 1};
  return append(std::move(op));
}

int NetworkBuilder::flatten(const std::string& name) {
  Op op = next(OpKind::Flatten, name);
  op.out = {static_cast<int>(op.in.size()), 1, 1};
  return append(std::move(op));
}

int NetworkBuilder::linear(const std::string& name, int outputs) {
  Op op = next(OpKind::Linear, name);
  op.out = {outputs, 1, 1};
  op.weight = network_.layout.append(name + ".weight", {outputs, op.in.size()}, Role::Linear);
  op.bias = network_.layout.append(name + ".bias", {outputs}, Role::Bias);
  return append(std::move(op));
}

}  // namespace zo
