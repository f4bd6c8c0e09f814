#pragma once
#include <span>
#include <vector>

#include "src/estimators/subspace.h"

namespace zo {

/// Eigenvalue floor: κ = max(absolute, relative · median |λ|). At least one of the two is positive.
struct Clipping {
  double absolute = 0.1;
  double relative = 0.0;
};

/// The Newton step of every block and what clipping did to it.
struct BlockStep {
  std::vector<double> w;      // a slot: (|H|_κ⁻¹ g) of its block
  double kappa = 0.0;         // floor in force
  double median = 0.0;        // median |λ| over all blocks with finite entries
  double spread = 1.0;        // 90 % quantile of the floored |λ| over their 10 % quantile
  double clipped = 0.0;       // share of eigenvalues below the floor
  std::int64_t replaced = 0;  // blocks that were not finite
};

/// Entries are numbers whose products do not overflow.
bool usable_block(std::span<const double> packed);

/// w = |H|_κ⁻¹ g block by block, every eigenvalue λ replaced by max(|λ|, κ) (methods.md 1.7; blocks
/// of 1 and 2 in closed form, larger ones by a symmetric eigendecomposition). Blocks that are not
/// finite are overwritten by median · I, `fallback` · I while no block is finite. With a floor of 0
/// (all λ zero) w is 0.
BlockStep solve_blocks(const Subspace& subspace,
                       std::span<double> packed,
                       std::span<const double> g,
                       Clipping clipping,
                       double fallback);

}  // namespace zo
