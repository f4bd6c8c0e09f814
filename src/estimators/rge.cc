#include "src/estimators/rge.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "src/base/philox.h"

namespace zo {
namespace {

constexpr std::int64_t kChunk = 16;  // explicit directions of length d held in memory at a time

void divide(std::vector<double>& sum, std::int64_t count) {
  if (count == 0) return;
  for (double& value : sum) value /= static_cast<double>(count);
}

Probe explicit_probe(std::vector<double> v) {
  DenseProbe probe;
  probe.scale = 1.0;
  probe.vector = std::make_shared<const std::vector<double>>(std::move(v));
  return probe;
}

/// p of length μ in every tensor.
std::vector<double> perturbation(const Layout& layout, double mu, std::uint64_t seed) {
  std::vector<double> p(layout.dimension(), 0.0);
  DenseProbe gaussian;
  gaussian.scale = 1.0;
  gaussian.seed = seed;
  add_direction(gaussian, p);
  for (const Segment& segment : layout.segments) {
    const auto begin = p.begin() + segment.offset, end = begin + segment.size;
    double square = 0.0;
    for (auto at = begin; at != end; ++at) square += *at * *at;
    const double factor = mu / (std::sqrt(square) + 1e-8);
    std::for_each(begin, end, [&](double& value) { value *= factor; });
  }
  return p;
}

}  // namespace

std::uint64_t DirectionStream::direction_seed(std::int64_t r) const {
  return Philox(seed, Purpose::Direction, static_cast<std::uint64_t>(step))
      .bits(static_cast<std::uint64_t>(first + r));
}

DirectionalGradient rge_per_tensor(LossOracle& oracle,
                                   double mu,
                                   std::int64_t q,
                                   DirectionStream stream,
                                   const std::vector<double>& offset) {
  double base = 0.0;
  if (offset.empty()) {
    base = oracle.base();
  } else {
    const Probe centre = explicit_probe(offset);
    base = oracle.evaluate({&centre, 1})[0];
  }
  DirectionalGradient result{std::vector<double>(oracle.dimension(), 0.0)};
  for (std::int64_t start = 0; start < q; start += kChunk) {
    const std::int64_t count = std::min(kChunk, q - start);
    std::vector<std::vector<double>> directions;
    std::vector<Probe> probes;
    for (std::int64_t r = start; r < start + count; ++r) {
      directions.push_back(perturbation(oracle.layout(), mu, stream.direction_seed(r)));
      std::vector<double> point = directions.back();
      for (std::size_t i = 0; i < offset.size(); ++i) point[i] += offset[i];
      probes.push_back(explicit_probe(std::move(point)));
    }
    const std::vector<double> losses = oracle.evaluate(probes);
    for (std::int64_t r = 0; r < count; ++r) {
      const double slope = (losses[r] - base) / mu;
      if (!std::isfinite(slope)) continue;
      for (std::size_t i = 0; i < result.gradient.size(); ++i) {
        result.gradient[i] += slope * directions[r][i];
      }
      ++result.used;
    }
  }
  divide(result.gradient, result.used);
  return result;
}

}  // namespace zo
