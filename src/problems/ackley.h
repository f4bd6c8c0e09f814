#pragma once
#include "src/problems/problem.h"

namespace zo {

/// Ackley's function: −20 exp(−0.2 √(‖x‖²/d)) − exp(Σ cos(2πx_i)/d) + 20 + e. Least value 0 at 0,
/// where the gradient does not exist (it is given as 0 there); start 1 in every coordinate.
class Ackley : public Problem {
 public:
  explicit Ackley(std::int64_t dimension) : Problem("ackley", dimension) {}
  std::vector<double> start() const override;
  double value(std::span<const double> x) const override;
  std::vector<double> gradient(std::span<const double> x) const override;
  /// At 0, where there is none, the part of the cosines alone.
  std::unique_ptr<SymmetricMatrix> hessian(std::span<const double> x) const override;
  std::optional<Optimum> optimum() const override;
};

}  // namespace zo
