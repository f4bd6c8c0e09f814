#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "src/base/options.h"
#include "src/base/state.h"
#include "src/oracle/loss_oracle.h"

namespace zo {

/// What is subtracted from a loss before it weighs its direction (arXiv 2605.30960).
enum class Baseline {
  None,      // 0
  Anchor,    // the base loss of the step that asked: one more query a step
  Mean,      // mean over all samples in use (ZoVH, ZoAR)
  StepMean,  // mean over the samples of the same step: losses of different batches do not mix
  Optimal,   // mean weighted so that the estimate's variance is least
};
/// Their words.
const Names<Baseline>& baseline_names();

/// One query f(θ + μu) = loss, asked as direction `index` of step `step`.
struct PolicySample {
  DenseProbe direction;  // u
  std::int64_t step = 0, index = 0;
  double loss = 0.0;
  double anchor = 0.0;  // base loss of that step; 0 when it was not asked
};

/// Losses minus their baseline, f_k − b, and what an average of them is divided by: n, one less for
/// each mean that was estimated from the same samples. `normaliser` ≤ 0: too few samples for this
/// baseline.
struct Deviations {
  std::vector<double> value;
  double normaliser = 0.0;
};
/// `weights`: of the samples in Baseline::Optimal's mean, > 0; ignored otherwise.
Deviations deviations(std::span<const PolicySample> samples,
                      Baseline baseline,
                      std::span<const double> weights);

struct PolicyOptions {
  std::uint64_t seed = 0;       // of the run
  std::int64_t directions = 3;  // K, a step
  std::int64_t history = 1;     // N, steps in use, the present one included
  double radius = 0.1;          // μ
  bool orthogonal = false;      // the K directions of a step orthogonal, of norm √d
};

/// The last N·K queries of a one-sided random-direction method (ZoVH and ZoAR, arXiv 2605.30960).
/// Directions are pure functions of (seed, step, index), so a checkpoint holds only scalars. Old
/// losses stay as they were measured.
class PolicySamples {
 public:
  PolicySamples(PolicyOptions options, std::int64_t dimension)
      : options_(options), dimension_(dimension) {}

  /// Asks the K probes of step `step`, stores those with a finite loss beside `anchor`, and forgets
  /// what is older than N steps. Returns how many were dropped.
  std::int64_t ask(LossOracle& oracle, std::int64_t step, double anchor);
  std::span<const PolicySample> samples() const { return samples_; }
  /// The directions of samples(), in order.
  std::vector<DenseProbe> directions() const;
  /// Mean loss of the samples that belong to `step`; NaN when there is none.
  double mean_loss(std::int64_t step) const;

  void save(State& state) const;
  void load(const State& state);

 private:
  std::vector<DenseProbe> draw(std::int64_t step) const;

  PolicyOptions options_;
  std::int64_t dimension_;
  std::vector<PolicySample> samples_;  // oldest first
};

}  // namespace zo
