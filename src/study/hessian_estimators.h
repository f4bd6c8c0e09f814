#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "src/base/symmetric_matrix.h"
#include "src/oracle/loss_oracle.h"
#include "src/problems/problem.h"
#include "src/study/hessian_study.h"
#include "src/study/inverse_error.h"

namespace zo {

/// The error of one estimate in the Frobenius norm; `block` inside the blocks of a pair estimator.
struct PointError {
  double whole = 0.0;
  std::optional<double> block;
  std::optional<InverseError> inverse;  // where the estimate's inverse has a short form
};

/// A Hessian estimator on its walk: it may reuse the losses of the points before. One is made for
/// every start.
class WalkingEstimator {
 public:
  virtual ~WalkingEstimator() = default;
  /// Estimates at the oracle's θ and compares with the `exact` Hessian there. Directions are drawn
  /// for point `number`, which no other point of the study has.
  virtual PointError at(LossOracle& oracle, std::int64_t number, const SymmetricMatrix& exact) = 0;
};

/// Makes the estimator that `study` names for start number `start`; `problem` must outlive it.
std::unique_ptr<WalkingEstimator> make_walking_estimator(const HessianStudy& study,
                                                         const Problem& problem,
                                                         std::uint64_t seed,
                                                         std::int64_t start);

}  // namespace zo
