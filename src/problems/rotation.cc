#include "src/problems/rotation.h"

#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "src/base/philox.h"

namespace zo {
namespace {

constexpr std::uint64_t kLayerStream = 1000;  // two streams a layer, behind those of the constants

}  // namespace

std::vector<std::int64_t> random_order(std::int64_t n, std::uint64_t seed, std::uint64_t stream) {
  const Philox random(seed, Purpose::Problem, stream);
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[random.below(i, i)]);
  }
  return order;
}

void Rotation::add_layer(const std::vector<std::int64_t>& pairs, double angle) {
  for (std::size_t p = 0; p + 1 < pairs.size(); p += 2) {
    planes_.push_back({pairs[p], pairs[p + 1], std::cos(angle), std::sin(angle)});
  }
}

Rotation Rotation::random(std::int64_t dimension, std::uint64_t seed) {
  Rotation rotation(dimension);
  const int layers = 2 * static_cast<int>(std::bit_width(static_cast<std::uint64_t>(dimension)));
  for (int layer = 0; layer < layers; ++layer) {
    const auto stream = kLayerStream + 2 * static_cast<std::uint64_t>(layer);
    const auto order = random_order(dimension, seed, stream);
    const Philox angles(seed, Purpose::Problem, stream + 1);
    for (std::size_t p = 0; p + 1 < order.size(); p += 2) {
      rotation.add_layer({order[p], order[p + 1]}, 2.0 * std::numbers::pi * angles.uniform(p));
    }
  }
  return rotation;
}

void Rotation::turn(std::span<double> v) const {
  for (const Plane& plane : planes_) {
    const double a = v[plane.a], b = v[plane.b];
    v[plane.a] = plane.cosine * a - plane.sine * b;
    v[plane.b] = plane.sine * a + plane.cosine * b;
  }
}

void Rotation::turn_back(std::span<double> v) const {
  for (auto plane = planes_.rbegin(); plane != planes_.rend(); ++plane) {
    const double a = v[plane->a], b = v[plane->b];
    v[plane->a] = plane->cosine * a + plane->sine * b;
    v[plane->b] = plane->cosine * b - plane->sine * a;
  }
}

}  // namespace zo
