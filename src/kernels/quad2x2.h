#pragma once
#include <cmath>
#include <limits>

#include "src/base/hd.h"

namespace zo {

/// Symmetric 2×2 matrix [[h11, h12], [h12, h22]].
template <class Real>
struct Sym2 {
  Real h11, h12, h22;
};

/// Eigenvalues of a symmetric 2×2 matrix and, in (n1, n2), the direction that its traceless part
/// has: H = ½(plus + minus)·I + ½(plus − minus)·[[n1, n2], [n2, −n1]].
template <class Real>
struct Eigen2 {
  Real plus, minus;
  Real n1, n2;
};

/// Eigenvalues plus ≥ minus without cancellation: the larger one in modulus from the sum, the other
/// from the determinant, whose rounding error is recovered by fused multiply-adds (methods.md 1.7).
/// Entries must be finite and their squares must neither overflow nor matter when they underflow.
template <class Real>
ZO_HD inline Eigen2<Real> eigen2(const Sym2<Real>& h) {
  const Real half = Real(0.5);
  const Real mean = half * h.h11 + half * h.h22;
  const Real delta = half * h.h11 - half * h.h22;
  const Real radius = std::hypot(delta, h.h12);
  const Real large = mean + std::copysign(radius, mean);
  const Real square = h.h12 * h.h12;
  const Real error = std::fma(-h.h12, h.h12, square);
  const Real determinant = std::fma(h.h11, h.h22, -square) + error;
  const Real small = large == Real(0) ? Real(0) : determinant / large;
  const Real safe =
      radius > std::numeric_limits<Real>::min() ? radius : std::numeric_limits<Real>::min();
  return {
      mean >= Real(0) ? large : small, mean >= Real(0) ? small : large, delta / safe, h.h12 / safe};
}

/// w = |H|_κ⁻¹ g and how many of the two eigenvalues were raised to κ.
template <class Real>
struct Newton2 {
  Real w1, w2;
  int clipped;
};

/// Newton step of a pair with every eigenvalue λ replaced by max(|λ|, κ), κ > 0 (ZO-SAH's clipping;
/// the branch-free form of methods.md 1.7: no eigenvectors, no division by plus − minus, H = 0
/// gives g/κ).
template <class Real>
ZO_HD inline Newton2<Real> newton2(const Eigen2<Real>& e, Real g1, Real g2, Real kappa) {
  const Real plus = std::fabs(e.plus), minus = std::fabs(e.minus);
  const Real up = plus > kappa ? plus : kappa;
  const Real down = minus > kappa ? minus : kappa;
  const Real half = Real(0.5);
  const Real alpha = half / up + half / down;
  const Real gamma = half * (down - up) / up / down;
  return {alpha * g1 + gamma * (e.n1 * g1 + e.n2 * g2),
          alpha * g2 + gamma * (e.n2 * g1 - e.n1 * g2),
          (plus < kappa ? 1 : 0) + (minus < kappa ? 1 : 0)};
}

}  // namespace zo
