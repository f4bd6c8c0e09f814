#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "src/base/options.h"
#include "src/base/state.h"
#include "src/estimators/look_back.h"
#include "src/oracle/loss_oracle.h"

namespace zo {

/// How far a step goes along its direction −v, in units of the largest length η allowed.
enum class StepRule {
  Fixed,      // η
  Backtrack,  // the longest of η, η/2, η/4, … that lowers the loss enough; asks for their losses
  Auto,       // the minimiser of a parabola through consecutive base losses; asks nothing
  LookBack,  // a share of η that follows how past steps look from the batch after them
};
const Names<StepRule>& step_rule_names();

/// Step length along −v from losses of the same batch.
///
/// Auto: with f₀ before and f₁ after a step t·v, and slope p = g·v, the curvature along v is
/// q = 2(f₁ − f₀ + t p)/t², and t* = p/q ends at the parabola's least value. p and q are summed
/// over past steps, a step's weight halving with each later one; the next length is Σp/Σq, between
/// η/20 and η. The first step takes η/2.
///
/// Backtrack: a list of trial points at t, t/2, … on the present batch; the longest with
/// f ≤ f₀ − 10⁻⁴ t g·v is taken (Armijo). The next list starts at twice the length taken, at most
/// η, or where this one ended when none was good.
///
/// LookBack: see there; its two probes join the others of every step, or of every n-th, on any batch.
class StepLength {
 public:
  /// `trials` ≥ 1: lengths that a backtracking step asks for. `first`: share of η that a step by
  /// LookBack starts from, in (0, 1]. `every` ≥ 1: steps between its looks.
  StepLength(StepRule rule, std::int64_t trials, double first = 1.0, std::int64_t every = 1)
      : rule_(rule), trials_(trials), every_(every), look_back_(first) {}

  /// Queries of step `k`, those of plan() and those that choose() asks for.
  std::int64_t queries(std::int64_t k) const;
  /// LookBack: appends the probes by which step `k` judges the one before; the first has none.
  void plan(const LossOracle& oracle, std::int64_t k, std::vector<Probe>& probes) const;
  /// Takes their losses; `base` is the one at θ.
  void absorb(double base, std::span<const double> losses);
  /// Auto: takes the base loss of a step, which must be on the batch of the step before when
  /// `comparable`.
  void see(double base, bool comparable);
  /// Length to take from the present point, whose loss is `base`; 0: none is good. `largest` is η,
  /// `slope` = g·v, `direction` = v on `coordinates`.
  double choose(LossOracle& oracle,
                double base,
                double largest,
                double slope,
                std::span<const std::int64_t> coordinates,
                std::span<const double> direction);

  void save(State& state) const;
  /// Of a point of `dimension` coordinates.
  void load(const State& state, std::int64_t dimension);

 private:
  double backtrack(LossOracle& oracle,
                   double base,
                   double largest,
                   double slope,
                   std::span<const std::int64_t> coordinates,
                   std::span<const double> direction);

  StepRule rule_;
  std::int64_t trials_, every_;
  LookBack look_back_;
  double share_ = 0.0;  // Backtrack: where the next list starts, a share of η; 0: at η
  // Auto: what the last step took and promised (length 0: nothing to compare with), and the sums.
  double base_ = 0.0, length_ = 0.0, slope_ = 0.0;
  double slope_sum_ = 0.0, curvature_sum_ = 0.0;
};

}  // namespace zo
