#pragma once
#include <span>
#include <vector>

#include "src/estimators/block_solve.h"
#include "src/estimators/moments.h"

namespace zo {

/// The Newton step of every block in the scale of past gradients, whose fading means M̂ it takes in
/// place of g. With Moments of the gradient on a subspace,
///     D = √Ŝ,  R = max(D/median D, floor)
///     w = R^(−½) |R^(−½) H R^(−½)|_κ⁻¹ R^(−½) M̂
/// Where κ floors nothing and H is positive definite, w = H⁻¹ M̂ whatever R is; where it floors all,
/// w is Adam's direction (arXiv 1412.6980) over κ. So κ parts the curvature that is believed from
/// that which noise drowned, and there coordinates of loud gradients take shorter steps.
class ScaledSolve {
 public:
  /// `floor`: least R.
  ScaledSolve(double first_decay, double second_decay, double floor, std::int64_t dimension);

  /// As solve_blocks, in units of H; folds `g` into the moments first. Blocks that are not finite
  /// are overwritten by median · R.
  BlockStep step(const Subspace& subspace,
                 std::span<double> packed,
                 std::span<const double> g,
                 Clipping clipping,
                 double fallback);

  /// R⁻¹ M̂, the same without curvature; folds `g` into the moments first.
  std::vector<double> step(const Subspace& subspace, std::span<const double> g);

  void save(State& state) const { moments_.save(state, "moments"); }
  void load(const State& state) { moments_.load(state, "moments"); }

 private:
  /// What the moments make of a gradient: R^(−½) and R^(−½) M̂ of every slot.
  struct Scale {
    std::vector<double> by, mean;
  };
  Scale fold(const Subspace& subspace, std::span<const double> g);

  double floor_;
  Moments moments_;
};

}  // namespace zo
