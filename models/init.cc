#include <algorithm>
#include <cmath>

#include "models/weights.h"
#include "src/base/philox.h"

namespace zo {

Weights initial_weights(const Network& network, std::uint64_t seed) {
  Weights weights;
  weights.theta.resize(network.layout.dimension());
  const auto fill = [&](int number, auto entry) {
    const Segment& segment = network.layout.segments[number];
    for (std::int64_t i = 0; i < segment.size; ++i) {
      weights.theta[segment.offset + i] = static_cast<float>(entry(static_cast<std::uint64_t>(i)));
    }
  };
  for (const Op& op : network.ops) {
    if (op.kind == OpKind::BatchNorm) {
      fill(op.weight, [](std::uint64_t) { return 1.0; });  // the shift stays 0
    } else if (op.weight >= 0) {
      const auto& segment = network.layout.segments[op.weight];
      const double fan_in = static_cast<double>(segment.size / segment.shape[0]);
      const Philox normals(seed, Purpose::Init, static_cast<std::uint64_t>(op.weight));
      fill(op.weight, [&](std::uint64_t i) { return std::sqrt(2.0 / fan_in) * normals.normal(i); });
      if (op.bias < 0) continue;
      const Philox uniforms(seed, Purpose::Init, static_cast<std::uint64_t>(op.bias));
      fill(op.bias,
           [&](std::uint64_t i) { return (2.0 * uniforms.uniform(i) - 1.0) / std::sqrt(fan_in); });
    }
  }
  weights.norms.resize(network.norm_size());
  for (const Norm& norm : network.norms) {
    std::fill_n(weights.norms.begin() + norm.offset + norm.channels, norm.channels, 1.0);
  }
  return weights;
}

}  // namespace zo
