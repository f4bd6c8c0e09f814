#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "src/base/state.h"

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

/// Fading means of the gradient and of its outer product, kept a coordinate (Pair: and with its
/// partner of the time) and folded only when the coordinate is probed. Both are corrected for their
/// start by the coordinate's own number of probes n:
///     M̂ = M/(1 − β₁ⁿ),   Ĉ_ab = C_ab/√((1 − β₂ⁿᵃ)(1 − β₂ⁿᵇ))
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
  void fold(std::int64_t coordinate, double g);
  void solve_pair(std::int64_t a, std::int64_t b, double* out) const;
  double mean(std::int64_t i) const;           // M̂_i
  double second_weight(std::int64_t i) const;  // 1 − β₂ⁿ

  PreconditionerOptions options_;
  std::vector<double> first_, second_;  // length d: M and C_ii
  std::vector<double> cross_;           // Pair: C_ab, stored at both coordinates
  std::vector<std::int64_t> count_;     // n
  std::vector<std::int64_t> partner_;   // Pair: b of a; −1: none yet
};

}  // namespace zo
