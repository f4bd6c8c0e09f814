#pragma once
#include <string>

#include "data/libsvm.h"
#include "src/problems/problem.h"

namespace zo {

/// Logistic regression: (1/n) Σ softplus(−y_i a_iᵀx) + ½λ‖x‖², y_i = ±1; start 0, where f = ln 2.
class Logistic : public Problem {
 public:
  /// `dimension` 0: as many coordinates as the data have features. With `bias` the data get one
  /// more feature that is always 1, the last coordinate. Throws Error(Usage) when `dimension` is
  /// smaller than the number of features.
  Logistic(SparseExamples examples, std::int64_t dimension, double l2, bool bias);
  std::vector<double> start() const override;
  double value(std::span<const double> x) const override;
  std::int64_t examples() const override { return examples_.rows(); }
  void example_values(std::span<const double> x, std::span<double> values) const override;
  std::vector<double> gradient(std::span<const double> x) const override;
  /// Dense: d² numbers.
  std::unique_ptr<SymmetricMatrix> hessian(std::span<const double> x) const override;
  /// By Newton's method with backtracking, to a decrement at rounding level. Where the infimum is
  /// not attained (separable data, λ = 0) the value is that of a point whose gap to it is as small.
  /// Nothing above kNewtonLimit coordinates, where the dense Hessian would not pay.
  std::optional<Optimum> optimum() const override;

  static constexpr std::int64_t kNewtonLimit = 4000;

 private:
  double margin(std::int64_t row, std::span<const double> x) const;  // y_i a_iᵀx
  std::vector<double> hessian_entries(std::span<const double> x) const;

  SparseExamples examples_;
  double l2_;
};

}  // namespace zo
