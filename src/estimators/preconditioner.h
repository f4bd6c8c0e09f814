#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "src/base/state.h"
#include "src/estimators/moments.h"

namespace zo {

/// What past gradients make of the present one; costs no query.
enum class Preconditioner {
  None,
  Diagonal,  // Adam: M̂_i / √V̂_i (arXiv 1412.6980)
  Pair,      // the same with the 2×2 root of the averaged outer product: Ĉ^(−1/2) M̂
};

struct PreconditionerOptions {
  Preconditioner kind = Preconditioner::None;
  double first_decay = 0.9;     // β₁, of the mean of g
  double second_decay = 0.999;  // β₂, of the mean of g gᵀ
  double floor = 1e-8;          // added to the roots
};

/// Moments of the gradient, and with `pair` the fading mean of its product with that of the partner
/// of the time:
///     Ĉ_aa = Ŝ_a,   Ĉ_ab = C_ab/√((1 − β₂ⁿᵃ)(1 − β₂ⁿᵇ))
/// C_ab restarts from 0 with a new partner; as both diagonal entries fade alike from then on,
/// |C_ab|² ≤ C_aa C_bb always, and a fresh pair starts near the diagonal form.
class GradientMoments {
 public:
  GradientMoments(PreconditionerOptions options, std::int64_t dimension);

  /// Folds in `g`, one entry a coordinate, and returns the preconditioned mean of each (Pair: of
  /// entries (0, 1), (2, 3), … together, a last one alone).
  std::vector<double> direction(std::span<const std::int64_t> coordinates,
                                std::span<const double> g);

  void save(State& state) const;
  void load(const State& state);

 private:
  void solve_pair(std::int64_t a, std::int64_t b, double* out) const;

  PreconditionerOptions options_;
  Moments moments_;
  std::vector<double> cross_;          // Pair: C_ab, stored at both coordinates; length d
  std::vector<std::int64_t> partner_;  // Pair: b of a; −1: none yet
};

}  // namespace zo
