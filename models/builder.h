#pragma once
#include <string>
#include <utility>

#include "models/network.h"

namespace zo {

/// Appends operations to a Network: each reads the output of the one before, shapes follow from it,
/// parameters join the layout in the order of the forward pass. Every call returns the operation's
/// number, which a later residual() names as its skip.
class NetworkBuilder {
 public:
  NetworkBuilder(std::string name, Shape input, int classes);

  /// 3×3 convolution, padding 1: height and width become ⌈·/stride⌉. Weight [channels, in, 3, 3].
  int conv3x3(const std::string& name, int channels, int stride, bool bias);
  int batch_norm(const std::string& name);
  int relu(const std::string& name);
  /// Adds the output of operation `skip`, subsampled by `stride` and padded with zero channels.
  int residual(const std::string& name, int skip, int stride);
  /// Maximum over disjoint 2×2 windows; an odd last row or column is left out.
  int max_pool2(const std::string& name);
  /// Mean over height and width.
  int global_pool(const std::string& name);
  int flatten(const std::string& name);
  /// Weight [outputs, inputs] and bias [outputs].
  int linear(const std::string& name, int outputs);

  /// The shape that the next operation reads.
  Shape shape() const;
  /// Hands the finished network over.
  Network take() { return std::move(network_); }

 private:
  Op next(OpKind kind, const std::string& name) const;
  int append(Op op);
  Network network_;
};

}  // namespace zo
