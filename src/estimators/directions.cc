#include "src/estimators/directions.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "src/base/philox.h"

namespace zo {
namespace {

constexpr std::int64_t kPiece = 4096;  // coordinates regenerated at a time; even
// The largest normal that Box-Muller makes of 53-bit uniforms is sqrt(-2 log 2^-54) = 8.66.
constexpr double kLargestEntry = 9.0;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double largest(const std::vector<double>& values) {
  double most = 0.0;
  for (const double value : values) {
    if (std::isnan(value)) return value;
    most = std::max(most, std::abs(value));
  }
  return most;
}

}  // namespace

std::vector<DenseProbe> seeded_directions(const DirectionStream& stream,
                                          std::int64_t count,
                                          Law law) {
  std::vector<DenseProbe> directions;
  directions.reserve(count);
  for (std::int64_t r = 0; r < count; ++r) {
    DenseProbe direction;
    direction.scale = 1.0;
    direction.seed = stream.direction_seed(r);
    direction.law = law;
    directions.push_back(std::move(direction));
  }
  return directions;
}

std::vector<DenseProbe> orthogonal_directions(const DirectionStream& stream,
                                              std::int64_t count,
                                              std::int64_t dimension) {
  const std::vector<DenseProbe> seeds = seeded_directions(stream, count);
  std::vector<std::vector<double>> basis;
  for (std::int64_t r = 0; r < count; ++r) {
    std::vector<double> v(dimension, 0.0);
    add_direction(seeds[r], v);
    for (int pass = 0; pass < 2; ++pass) {  // a second pass removes what rounding left of the first
      for (const auto& q : basis) {
        const double along = dot(q, v) / dot(q, q);
        for (std::size_t i = 0; i < v.size(); ++i) v[i] -= along * q[i];
      }
    }
    const double stretch = std::sqrt(static_cast<double>(dimension) / dot(v, v));
    for (double& value : v) value *= stretch;
    basis.push_back(std::move(v));
  }
  std::vector<DenseProbe> directions;
  directions.reserve(count);
  for (auto& v : basis) {
    DenseProbe direction;
    direction.scale = 1.0;
    direction.vector = std::make_shared<const std::vector<double>>(std::move(v));
    directions.push_back(std::move(direction));
  }
  return directions;
}

void direction_entries(const DenseProbe& probe, std::int64_t first, std::span<double> out) {
  const auto size = static_cast<std::int64_t>(out.size());
  if (probe.vector) {
    std::copy_n(probe.vector->begin() + first, size, out.begin());
    return;
  }
  if (probe.law == Law::Gaussian) {
    const Philox stream(probe.seed, Purpose::Dense);
    for (std::int64_t i = 0; i < size; i += 2) {  // both normals of a block at once
      double one = 0.0, other = 0.0;
      stream.normal_pair(static_cast<std::uint64_t>(first + i) >> 1, one, other);
      out[i] = one;
      if (i + 1 < size) out[i + 1] = other;
    }
  } else {
    for (std::int64_t i = 0; i < size; ++i) {
      out[i] = direction_value(probe.seed, probe.law, first + i);
    }
  }
  if (probe.weights) {
    for (std::int64_t i = 0; i < size; ++i) out[i] = (*probe.weights)[first + i] * out[i];
  }
}

std::vector<double> gram(std::span<const DenseProbe> directions, std::int64_t dimension) {
  const std::size_t n = directions.size();
  std::vector<double> products(n * n, 0.0);
  std::vector<std::vector<double>> rows(n);
  for (std::int64_t first = 0; first < dimension; first += kPiece) {
    const std::int64_t size = std::min(kPiece, dimension - first);
    for (std::size_t k = 0; k < n; ++k) {
      rows[k].resize(size);
      direction_entries(directions[k], first, rows[k]);
      for (std::size_t j = 0; j <= k; ++j) products[k * n + j] += dot(rows[k], rows[j]);
    }
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t j = 0; j < k; ++j) products[j * n + k] = products[k * n + j];
  }
  return products;
}

bool bounded(std::span<const DenseProbe> directions) {
  double most = 0.0;
  for (const DenseProbe& v : directions) {
    double entry = v.law == Law::Gaussian ? kLargestEntry : 1.0;
    if (v.vector) {
      entry = largest(*v.vector);
    } else if (v.weights) {
      entry *= largest(*v.weights);
    }
    most += std::abs(v.scale) * entry;
  }
  return most <= 1e30;
}

}  // namespace zo
