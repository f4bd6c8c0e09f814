#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace zo {

/// A symmetric d×d matrix known by more than its entries: what an error in the Frobenius norm needs
/// without a pass over d² numbers.
class SymmetricMatrix {
 public:
  virtual ~SymmetricMatrix() = default;
  virtual std::int64_t dimension() const = 0;
  /// out = A v; both of length d, not overlapping.
  virtual void apply(std::span<const double> v, std::span<double> out) const = 0;
  virtual double trace() const = 0;
  /// ‖A‖_F², the sum of the squared entries.
  virtual double squared_norm() const = 0;
};

/// All entries, row-major, through d products. For small d and for tests.
std::vector<double> dense(const SymmetricMatrix& matrix);

/// Tridiagonal plus a few terms of rank one:
///     Σ_i a_i e_i e_iᵀ + Σ_i b_i (e_i e_{i+1}ᵀ + e_{i+1} e_iᵀ) + Σ_k c_k w_k w_kᵀ
/// The Hessian of chains and of sums over coordinates.
class BandedMatrix : public SymmetricMatrix {
 public:
  using RankOne = std::pair<double, std::vector<double>>;

  /// `beside` has d − 1 entries, or none for a diagonal.
  explicit BandedMatrix(std::vector<double> diagonal,
                        std::vector<double> beside = {},
                        std::vector<RankOne> terms = {});
  std::int64_t dimension() const override { return static_cast<std::int64_t>(diagonal_.size()); }
  void apply(std::span<const double> v, std::span<double> out) const override;
  double trace() const override;
  double squared_norm() const override;

 private:
  void apply_band(std::span<const double> v, std::span<double> out) const;

  std::vector<double> diagonal_, beside_;
  std::vector<RankOne> terms_;
};

/// All d² entries, row-major.
class DenseMatrix : public SymmetricMatrix {
 public:
  DenseMatrix(std::int64_t dimension, std::vector<double> entries)
      : dimension_(dimension), entries_(std::move(entries)) {}
  std::int64_t dimension() const override { return dimension_; }
  void apply(std::span<const double> v, std::span<double> out) const override;
  double trace() const override;
  double squared_norm() const override;

 private:
  std::int64_t dimension_;
  std::vector<double> entries_;
};

/// Σ v_i w_i, in order.
double inner(std::span<const double> v, std::span<const double> w);

}  // namespace zo
