#include "src/estimators/scaled_solve.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "src/estimators/quantile.h"

namespace zo {
namespace {

/// H_ik ← H_ik by_i by_k in every block.
void scale(const Subspace& subspace, std::span<const double> by, std::span<double> packed) {
  for (std::int64_t j = 0; j < subspace.blocks(); ++j) {
    double* h = packed.data() + j * subspace.packed();
    const double* d = by.data() + subspace.first(j);
    for (std::int64_t i = 0; i < subspace.length(j); ++i) {
      for (std::int64_t k = 0; k <= i; ++k) h[packed_index(i, k)] *= d[i] * d[k];
    }
  }
}

}  // namespace

ScaledSolve::ScaledSolve(double first_decay,
                         double second_decay,
                         double floor,
                         std::int64_t dimension)
    : floor_(floor), moments_(first_decay, second_decay, dimension) {}

ScaledSolve::Scale ScaledSolve::fold(const Subspace& subspace, std::span<const double> g) {
  Scale scale;
  std::vector<double> loud;  // D
  for (std::int64_t s = 0; s < subspace.size(); ++s) {
    const std::int64_t at = subspace.coordinates[s];
    moments_.fold(at, g[s], g[s] * g[s]);
    loud.push_back(std::sqrt(moments_.square(at)));
    scale.mean.push_back(moments_.mean(at));
  }
  const double median = quantile_of(loud, 0.5);
  for (std::int64_t s = 0; s < subspace.size(); ++s) {
    const double r = median > 0.0 ? std::max(loud[s] / median, floor_) : 1.0;
    scale.by.push_back(r > 0.0 ? 1.0 / std::sqrt(r) : 1.0);  // 0: nothing was seen, M̂ is 0 too
    scale.mean[s] *= scale.by[s];
  }
  return scale;
}

std::vector<double> ScaledSolve::step(const Subspace& subspace, std::span<const double> g) {
  Scale scale = fold(subspace, g);
  for (std::size_t s = 0; s < g.size(); ++s) scale.mean[s] *= scale.by[s];
  return std::move(scale.mean);
}

BlockStep ScaledSolve::step(const Subspace& subspace,
                            std::span<double> packed,
                            std::span<const double> g,
                            Clipping clipping,
                            double fallback) {
  const auto [by, mean] = fold(subspace, g);
  std::vector<double> scaled(packed.begin(), packed.end());
  scale(subspace, by, scaled);
  BlockStep result = solve_blocks(subspace, scaled, mean, clipping, fallback);
  for (std::size_t s = 0; s < g.size(); ++s) result.w[s] *= by[s];
  for (std::int64_t j = 0; result.replaced > 0 && j < subspace.blocks(); ++j) {
    const auto block = packed.subspan(j * subspace.packed(), subspace.packed());
    if (usable_block(block)) continue;
    std::fill(block.begin(), block.end(), 0.0);
    for (std::int64_t i = 0; i < subspace.length(j); ++i) {
      const double root = by[subspace.first(j) + i];
      block[packed_index(i, i)] = result.median / (root * root);
    }
  }
  return result;
}

}  // namespace zo
