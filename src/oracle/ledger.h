#pragma once
#include <cstdint>
#include <vector>

namespace zo {

/// Losses of sparse probes by the parameter that they enter at: that of their first edit on the way
/// forward, from which on a network has to be computed anew.
struct ParameterQueries {
  std::int64_t queries = 0;
  double forward_equivalents = 0.0;
};

/// Counts loss evaluations: one query = one loss value on one mini-batch. Written only by
/// LossOracle.
struct QueryLedger {
  std::int64_t base = 0;        // losses at θ itself
  std::int64_t probe = 0;       // losses at perturbed points
  std::int64_t report = 0;      // evaluations that only inform the reader (test split, checks)
  std::int64_t non_finite = 0;  // of base and probe: how many were NaN or infinite
  // What base and probe took to compute, in whole forward passes over the batch: LossOracle::cost
  // summed in the order of the queries.
  double forward_equivalents = 0.0;
  std::vector<ParameterQueries> parameters;  // a segment of the layout; empty before the first

  /// What users pay for.
  std::int64_t queries() const { return base + probe; }
};

}  // namespace zo
