#pragma once
#include <span>
#include <vector>

#include "src/base/state.h"
#include "src/estimators/fisher_block.h"
#include "src/estimators/moments.h"
#include "src/estimators/subspace.h"

namespace zo {

struct FisherOptions {
  double damping = 1.0;         // λ, in units of D²; 0: the block's length over the examples
  double trust = 0.04;          // δ > 0
  double first_decay = 0.9;     // β₁, of the mean of g
  double second_decay = 0.999;  // β₂, of the mean squares
  double floor = 0.5;           // least D, a share of the median
};

/// A natural-gradient step from the difference quotients of single examples, in a metric of its
/// own. With J [m, B] the quotients of B examples at the m coordinates of a subspace and Moments of
/// the means and mean squares of its rows:
///     D = max(√Ŝ, floor · median √Ŝ)
///     F = mean over the steps of the period of (J/D)(J/D)ᵀ/B, cut to the subspace's blocks
///     w = (F + λI)⁻¹ M̂/D
///     v = t w/D,  t = √(δ / wᵀ(M̂/D))
/// F is the Fisher matrix as the examples show it (the Gauss-Newton matrix where their residuals are
/// of unit size): positive semidefinite whatever the noise. Every step has the length √δ in the norm
/// of D(F + λI)D. What B examples add to F by chance has eigenvalues of about m/B (Marchenko and
/// Pastur): the λ that keeps it out of w, whatever m and B.
class FisherStep {
 public:
  FisherStep(const FisherOptions& options, std::int64_t dimension);

  /// A period on `subspace` begins.
  void begin(const Subspace& subspace);
  /// v on the slots of `subspace`. `quotients` [m, examples], row-major; a row with an entry that
  /// is not finite is left out: it moves by what is remembered of it.
  std::vector<double> step(const Subspace& subspace,
                           std::span<const double> quotients,
                           std::int64_t examples);
  /// wᵀ(M̂/D) of the last step: twice the fall, in nats, that the untrimmed step promised.
  double decrement() const { return decrement_; }
  /// Variance of the mean quotient at each slot of the last step, as its examples show it.
  const std::vector<double>& noise() const { return noise_; }

  void save(State& state) const;
  /// `subspace`: that of the present period.
  void load(const State& state, const Subspace& subspace);

 private:
  FisherOptions options_;
  Moments moments_;
  std::vector<FisherBlock> blocks_;  // F
  std::int64_t steps_ = 0;           // of the period
  std::int64_t examples_ = 0;        // of its last step
  double decrement_ = 0.0;
  std::vector<double> noise_;
};

}  // namespace zo
