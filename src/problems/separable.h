#pragma once
#include "src/problems/problem.h"

namespace zo {

/// f(x) = Σ_i t_i(x_i): what the sums over coordinates have in common.
class SeparableProblem : public Problem {
 public:
  double value(std::span<const double> x) const override;
  std::vector<double> gradient(std::span<const double> x) const override;
  std::unique_ptr<SymmetricMatrix> hessian(std::span<const double> x) const override;

 protected:
  using Problem::Problem;
  /// t_i and its first two derivatives at one coordinate.
  struct Term {
    double value, slope, curvature;
  };
  virtual Term term(std::size_t i, double x) const = 0;
};

/// ½ Σ (x⁴ − 16x² + c·x), start 0. c = 5 is Styblinski and Tang's (Neural Networks 3, 1990), least
/// value −39.16617 a coordinate at −2.903534; c = 50 is printed in some papers, −110.669 at
/// −3.414759.
class StyblinskiTang : public SeparableProblem {
 public:
  StyblinskiTang(std::int64_t dimension, double tilt)
      : SeparableProblem("styblinski-tang", dimension), tilt_(tilt) {}
  std::vector<double> start() const override;
  std::optional<Optimum> optimum() const override;

 private:
  Term term(std::size_t i, double x) const override;
  double tilt_;
};

/// Levy's function: with w = 1 + (x − 1)/4,
/// sin²(πw_1) + Σ_{i<d} (w_i − 1)²(1 + 10 sin²(πw_i + 1)) + (w_d − 1)²(1 + sin²(2πw_d)).
/// Least value 0 at (1, …, 1); start −4 in every coordinate, many local minima away.
class Levy : public SeparableProblem {
 public:
  explicit Levy(std::int64_t dimension) : SeparableProblem("levy", dimension) {}
  std::vector<double> start() const override;
  std::optional<Optimum> optimum() const override;

 private:
  Term term(std::size_t i, double x) const override;
};

/// Σ x⁴, start 1, least value 0. Its smoothed Hessian is known exactly: diag(12x² + 12μ²).
class Quartic : public SeparableProblem {
 public:
  explicit Quartic(std::int64_t dimension) : SeparableProblem("quartic", dimension) {}
  std::vector<double> start() const override;
  std::optional<Optimum> optimum() const override;

 private:
  Term term(std::size_t i, double x) const override;
};

}  // namespace zo
