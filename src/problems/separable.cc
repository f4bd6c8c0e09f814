#include "src/problems/separable.h"

#include <cmath>
#include <numbers>

namespace zo {
namespace {

constexpr double kPi = std::numbers::pi;

std::vector<double> constant(std::int64_t dimension, double value) {
  return std::vector<double>(static_cast<std::size_t>(dimension), value);
}

}  // namespace

double SeparableProblem::value(std::span<const double> x) const {
  double sum = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += term(i, x[i]).value;
  return sum;
}

std::vector<double> SeparableProblem::gradient(std::span<const double> x) const {
  std::vector<double> g(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) g[i] = term(i, x[i]).slope;
  return g;
}

std::unique_ptr<SymmetricMatrix> SeparableProblem::hessian(std::span<const double> x) const {
  std::vector<double> diagonal(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) diagonal[i] = term(i, x[i]).curvature;
  return std::make_unique<BandedMatrix>(std::move(diagonal));
}

SeparableProblem::Term StyblinskiTang::term(std::size_t, double x) const {
  const double square = x * x;
  return {0.5 * (square * square - 16.0 * square + tilt_ * x),
          2.0 * x * square - 16.0 * x + 0.5 * tilt_,
          6.0 * square - 16.0};
}

std::vector<double> StyblinskiTang::start() const { return constant(dimension(), 0.0); }

std::optional<Optimum> StyblinskiTang::optimum() const {
  // Left of −√(8/3) the slope rises monotonically, so Newton's method from the far left converges
  // to the only root there; with a tilt ≥ 0 that root is the global minimum.
  double x = -10.0;
  for (int i = 0; i < 60; ++i) {
    const Term here = term(0, x);
    x -= here.slope / here.curvature;
  }
  return Optimum{static_cast<double>(dimension()) * term(0, x).value, constant(dimension(), x)};
}

SeparableProblem::Term Levy::term(std::size_t i, double x) const {
  const double v = (x - 1.0) / 4.0, w = 1.0 + v;
  const bool last = static_cast<std::int64_t>(i) + 1 == dimension();
  // v²(1 + a sin²(φ)), φ = bπw + c, with sin² = (1 − cos 2φ)/2; primes are derivatives in w.
  const double a = last ? 1.0 : 10.0, rate = last ? 2.0 * kPi : kPi;
  const double phase = last ? rate * w : rate * w + 1.0;
  const double s = std::sin(phase);
  const double wave = 1.0 + a * s * s;
  const double wave1 = a * rate * std::sin(2.0 * phase);
  const double wave2 = 2.0 * a * rate * rate * std::cos(2.0 * phase);
  Term t{
      v * v * wave, 2.0 * v * wave + v * v * wave1, 2.0 * wave + 4.0 * v * wave1 + v * v * wave2};
  if (i == 0) {
    const double first = std::sin(kPi * w);
    t.value += first * first;
    t.slope += kPi * std::sin(2.0 * kPi * w);
    t.curvature += 2.0 * kPi * kPi * std::cos(2.0 * kPi * w);
  }
  t.slope /= 4.0;  // dw/dx
  t.curvature /= 16.0;
  return t;
}

std::vector<double> Levy::start() const { return constant(dimension(), -4.0); }

std::optional<Optimum> Levy::optimum() const { return Optimum{0.0, constant(dimension(), 1.0)}; }

SeparableProblem::Term Quartic::term(std::size_t, double x) const {
  const double square = x * x;
  return {square * square, 4.0 * x * square, 12.0 * square};
}

std::vector<double> Quartic::start() const { return constant(dimension(), 1.0); }

std::optional<Optimum> Quartic::optimum() const { return Optimum{0.0, constant(dimension(), 0.0)}; }

}  // namespace zo
