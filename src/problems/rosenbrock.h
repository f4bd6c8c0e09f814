#pragma once
#include "src/problems/problem.h"

namespace zo {

/// f(x) = Σ_{i<d} α (x_{i+1} − x_i²)² + (1 − x_i)², d ≥ 2; start (−1.2, 1, −1.2, 1, …), least value
/// 0 at (1, …, 1). With α = 100 and d = 2 the valley of H. H. Rosenbrock, The Computer Journal 3
/// (1960).
class Rosenbrock : public Problem {
 public:
  Rosenbrock(std::int64_t dimension, double alpha)
      : Problem("rosenbrock", dimension), alpha_(alpha) {}
  std::vector<double> start() const override;
  double value(std::span<const double> x) const override;
  std::vector<double> gradient(std::span<const double> x) const override;
  std::unique_ptr<SymmetricMatrix> hessian(std::span<const double> x) const override;
  std::optional<Optimum> optimum() const override;

 private:
  double alpha_;
};

}  // namespace zo
