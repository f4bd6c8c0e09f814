#include "src/estimators/block_solve.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "src/estimators/quantile.h"
#include "src/kernels/quad2x2.h"

namespace zo {
namespace {

/// Eigenvalues of one block and how to apply a function of it.
struct Decomposed {
  std::vector<double> values;
  Eigen2<double> pair{};    // length 2
  Eigen::MatrixXd vectors;  // length > 2, one a column
};

Decomposed decompose(const double* h, std::int64_t length) {
  Decomposed result;
  if (length == 1) {
    result.values = {h[0]};
  } else if (length == 2) {
    result.pair = eigen2(Sym2<double>{h[0], h[1], h[2]});
    result.values = {result.pair.plus, result.pair.minus};
  } else {
    Eigen::MatrixXd full(length, length);
    for (std::int64_t i = 0; i < length; ++i) {
      for (std::int64_t k = 0; k <= i; ++k) full(i, k) = h[packed_index(i, k)];
    }
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(full);  // reads the lower triangle
    result.values.assign(solver.eigenvalues().begin(), solver.eigenvalues().end());
    result.vectors = solver.eigenvectors();
  }
  return result;
}

void apply_inverse(const Decomposed& block, const double* g, double kappa, double* w) {
  const auto floored = [&](double value) { return std::max(std::abs(value), kappa); };
  const std::size_t length = block.values.size();
  if (length == 1) {
    w[0] = g[0] / floored(block.values[0]);
  } else if (length == 2) {
    const Newton2<double> step = newton2(block.pair, g[0], g[1], kappa);
    w[0] = step.w1;
    w[1] = step.w2;
  } else {
    const auto n = static_cast<Eigen::Index>(length);
    Eigen::VectorXd along = block.vectors.transpose() * Eigen::Map<const Eigen::VectorXd>(g, n);
    for (std::size_t i = 0; i < length; ++i) along[i] /= floored(block.values[i]);
    Eigen::Map<Eigen::VectorXd>(w, n) = block.vectors * along;
  }
}

}  // namespace

bool usable_block(std::span<const double> packed) {
  return std::all_of(
      packed.begin(), packed.end(), [](double value) { return std::abs(value) < 1e150; });
}

BlockStep solve_blocks(const Subspace& subspace,
                       std::span<double> packed,
                       std::span<const double> g,
                       Clipping clipping,
                       double fallback) {
  BlockStep step;
  std::vector<Decomposed> blocks(subspace.blocks());
  std::vector<double> moduli;
  for (std::int64_t j = 0; j < subspace.blocks(); ++j) {
    const double* h = packed.data() + j * subspace.packed();
    if (!usable_block({h, static_cast<std::size_t>(subspace.packed())})) continue;
    blocks[j] = decompose(h, subspace.length(j));
    for (const double value : blocks[j].values) moduli.push_back(std::abs(value));
  }
  step.median = moduli.empty() ? fallback : quantile_of(moduli, 0.5);
  step.kappa = std::max(clipping.absolute, clipping.relative * step.median);
  for (double& modulus : moduli) modulus = std::max(modulus, step.kappa);
  if (!moduli.empty() && step.kappa > 0.0) {
    step.spread = quantile_of(moduli, 0.9) / quantile_of(moduli, 0.1);
  }
  step.w.assign(g.size(), 0.0);
  std::int64_t clipped = 0;
  for (std::int64_t j = 0; j < subspace.blocks(); ++j) {
    const std::int64_t first = subspace.first(j), length = subspace.length(j);
    if (blocks[j].values.empty()) {
      double* h = packed.data() + j * subspace.packed();
      std::fill(h, h + subspace.packed(), 0.0);
      for (std::int64_t i = 0; i < length; ++i) h[packed_index(i, i)] = step.median;
      blocks[j] = decompose(h, length);
      ++step.replaced;
    }
    for (const double value : blocks[j].values) clipped += std::abs(value) < step.kappa ? 1 : 0;
    if (step.kappa > 0.0) apply_inverse(blocks[j], &g[first], step.kappa, &step.w[first]);
  }
  step.clipped = g.empty() ? 0.0 : static_cast<double>(clipped) / static_cast<double>(g.size());
  return step;
}

}  // namespace zo
