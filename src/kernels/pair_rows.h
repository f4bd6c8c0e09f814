#pragma once
#include "src/base/hd.h"
#include "src/kernels/ridge_fit.h"

namespace zo {

/// Rows of the least-squares fits for the Hessian h = (h11, h12, h22) of one coordinate pair.
/// Displacements (p, r) are inside the pair.

/// Literal fit (methods.md 1.2, step 5): residual q of a point at (p, r) after constant and linear
/// part. A forward difference of step e overstates the slope by ½·e·h, so with (e1, e2) = the steps
/// of the gradient the basis agrees with it (methods.md 1.3); e1 = e2 = 0 is the paper's plain
/// basis.
template <class Real>
ZO_HD inline void add_quadratic_row(
    RidgeFit<Real, 3>& fit, Real p, Real r, Real e1, Real e2, Real q) {
  const Real half = Real(0.5);
  const Real row[3] = {half * p * (p - e1), p * r, half * r * (r - e2)};
  fit.add(row, q);
}

/// Secant equations H·s = y (methods.md 1.6, E1).
template <class Real>
ZO_HD inline void add_secant_rows(RidgeFit<Real, 3>& fit, Real s1, Real s2, Real y1, Real y2) {
  const Real first[3] = {s1, s2, Real(0)};
  const Real second[3] = {Real(0), s1, s2};
  fit.add(first, y1);
  fit.add(second, y2);
}

/// Joint fit of gradient and Hessian at x (methods.md 1.6, E2), unknowns (g1, g2, h11, h12, h22):
/// the loss rises by `rise` when (p1, p2) is added at the point x + (d1, d2).
template <class Real>
ZO_HD inline void add_anchored_row(
    RidgeFit<Real, 5>& fit, Real d1, Real d2, Real p1, Real p2, Real rise) {
  const Real half = Real(0.5);
  const Real row[5] = {
      p1, p2, p1 * (d1 + half * p1), p1 * d2 + p2 * d1 + p1 * p2, p2 * (d2 + half * p2)};
  fit.add(row, rise);
}

}  // namespace zo
