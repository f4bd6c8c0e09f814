#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace zo {

/// An orthogonal d×d matrix Q made of layers of plane rotations of disjoint coordinate pairs, so
/// that a product costs O(d) a layer and nothing of size d² is stored. No layers: the identity.
class Rotation {
 public:
  explicit Rotation(std::int64_t dimension) : dimension_(dimension) {}

  /// One layer that turns `pairs` (disjoint) by the same `angle`.
  void add_layer(const std::vector<std::int64_t>& pairs, double angle);
  /// Kac's random walk on the rotations: 2⌈log₂ d⌉ layers of random pairings and angles, which
  /// leaves no entry of Q zero for want of layers. Drawn from (seed, Purpose::Problem, stream…).
  static Rotation random(std::int64_t dimension, std::uint64_t seed);

  /// v ← Q v.
  void turn(std::span<double> v) const;
  /// v ← Qᵀ v.
  void turn_back(std::span<double> v) const;

 private:
  struct Plane {
    std::int64_t a, b;
    double cosine, sine;
  };
  std::int64_t dimension_;
  std::vector<Plane> planes_;
};

/// The numbers 0 … n − 1 in random order: a pure function of seed and stream.
std::vector<std::int64_t> random_order(std::int64_t n, std::uint64_t seed, std::uint64_t stream);

}  // namespace zo
