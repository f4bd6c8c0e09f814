#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "src/base/options.h"
#include "src/estimators/policy_samples.h"
#include "src/problems/problem.h"
#include "src/study/inverse_error.h"

namespace zo {

/// How the error of a Hessian estimator is measured: from `starts` starting points a walk of
/// `points` points, `step` apart against the exact gradient, with one estimate at each. Estimators
/// that reuse losses see those of the walk. With the walk of ZoVH's study (arXiv 2605.30960, Fig.
/// 2): 20 starts, 24 points, step 1e-4, start ball:100, radius 0.1, noise 1e-3, d = 5000.
struct HessianStudy {
  std::string estimator = "zovh";
  std::int64_t directions = 3;  // K, of the random-direction estimators
  std::int64_t histories = 1;   // N, points whose losses zovh uses, the present one included
  Baseline baseline = Baseline::Mean;
  double radius = 0.1;  // μ, and the step of coordinate differences
  double lambda = 0.1;  // λ of (Ĥ + λI)⁻¹, zovh
  std::int64_t starts = 1, points = 1;
  double step = 1e-4;
  double noise = 0.0;  // standard deviation of ξ in f(x) + ξᵀx, one ξ a point

  /// Adds every option to `table`; *this must outlive it.
  void describe(OptionTable& table);
};

/// Means over all estimates, in the Frobenius norm.
struct HessianErrors {
  std::int64_t estimates = 0;
  std::int64_t queries = 0;             // of all estimates
  double error = 0.0;                   // ‖Ĥ − ∇²f‖
  double standard_error = 0.0;          // of that mean
  double zero_error = 0.0;              // ‖∇²f‖: what the zero matrix would have
  std::optional<double> block_error;    // pair estimators: on the entries inside their blocks alone
  std::optional<InverseError> inverse;  // zovh, where there are losses enough: medians
};

/// Runs the study from `start` (as --start takes it). Throws Error(Usage) for options that do not
/// fit one another or the problem.
HessianErrors measure_hessian_errors(const Problem& problem,
                                     const HessianStudy& study,
                                     const std::string& start,
                                     std::uint64_t seed,
                                     int threads);

}  // namespace zo
