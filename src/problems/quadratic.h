#pragma once
#include "src/problems/problem.h"
#include "src/problems/rotation.h"

namespace zo {

/// How eigenvalues and eigenvectors of a quadratic are laid out.
struct QuadraticShape {
  double lowest = 1.0;       // least eigenvalue
  double condition = 100.0;  // greatest / least eigenvalue, ≥ 1
  std::string spectrum =
      "geometric";  // geometric, linear, or two-valued (half least, half greatest)
  std::string structure = "rotated";  // diagonal, blocks, permuted-blocks, rotated
  bool shifted = false;               // adds bᵀx + c with b, c standard normal
};

/// ½ xᵀ Q diag(λ) Qᵀ x (+ bᵀx + c), start (1, …, 1). Q by structure: the identity; 2×2 blocks that
/// turn the coordinates (0,1), (2,3), … by 45°; the same with a random pairing; or a dense random
/// rotation. The eigenvalues are dealt out small, large, small, … so that every block pairs a small
/// with a large.
class Quadratic : public Problem {
 public:
  Quadratic(std::int64_t dimension, const QuadraticShape& shape, std::uint64_t seed);
  std::vector<double> start() const override;
  double value(std::span<const double> x) const override;
  std::vector<double> gradient(std::span<const double> x) const override;
  std::unique_ptr<SymmetricMatrix> hessian(std::span<const double> x) const override;
  std::optional<Optimum> optimum() const override;
  /// Coordinate pairs of the blocks, (0,1), (2,3) … of the list; empty without blocks.
  const std::vector<std::int64_t>& pairs() const { return pairs_; }

 private:
  std::vector<double> eigenvalues_;  // of Q's columns
  Rotation rotation_;
  std::vector<std::int64_t> pairs_;
  std::vector<double> linear_;  // b, or empty
  double constant_ = 0.0;
};

}  // namespace zo
