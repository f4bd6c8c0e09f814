#pragma once
#include "src/delta/cpu/kernels/winograd.h"

namespace zo {

/// Winograd's filtering for stride 2: a 4x4 tile of outputs from 9x9 inputs and a 3x3 filter takes 81
/// products instead of 144. Along one side outputs y_r = g₀·x_2r + g₁·x_2r+1 + g₂·x_2r+2 are a filter
/// (g₀, g₂) of the inputs 0, 2, 4, 6, 8, which is F(4, 2) with the points ±√½, ±√2 and ∞, and one tap
/// g₁ of the inputs 1, 3, 5, 7 as they are. The functions are the one-dimensional transforms; the five
/// points stand before the four inputs, which share one filter.
constexpr int kStridedInputs = 9;   // and points, a side
constexpr int kStridedFilters = 6;  // different filters of the points of a side
/// Which of them point `i` of a side is multiplied by.
ZO_HD constexpr int strided_filter(int i) { return i < kStridedFilters ? i : kStridedFilters - 1; }

/// Nine inputs → nine points.
template <class V>
ZO_HD inline void strided_input(const V* x, V* y) {
  // The points ±√½ and ±√2 are those of F(4, 3) with a zero in front, which they do not read.
  const V filtered[5] = {V{}, x[0], x[2], x[4], x[6]};
  winograd_input_pair<0>(filtered, y);
  winograd_input_pair<1>(filtered, y + 2);
  y[4] = x[0] - WinogradConstants<V>::kBoth * x[4] + x[8];
  y[5] = x[1];
  y[6] = x[3];
  y[7] = x[5];
  y[8] = x[7];
}

/// Nine points → four outputs.
template <class V>
ZO_HD inline void strided_output(const V* m, V* y) {
  using C = WinogradConstants<V>;
  const V a = m[0] + m[1], b = m[0] - m[1], c = m[2] + m[3], d = m[2] - m[3];
  y[0] = (a + c) + m[5];
  y[1] = (C::kNear * b + C::kFar * d) + m[6];
  y[2] = (C::kHalf * a + C::kTwo * c) + m[7];
  y[3] = (C::kNearCube * b + C::kFarCube * d + m[4]) + m[8];
}

/// Three filter taps → the filters of the points, in double whatever the precision of the products.
ZO_HD inline void strided_taps(const double* g, double* y) {
  using C = WinogradConstants<double>;
  // Divided by the product of a point's distances to the others: ∓3·kNear, ±3·kFar.
  const double near = g[0] / (-3 * C::kNear), far = g[0] / (3 * C::kFar), odd = g[2] / 3;
  y[0] = near - odd;
  y[1] = -near - odd;
  y[2] = far + odd;
  y[3] = -far + odd;
  y[4] = g[2];
  y[5] = g[1];
}

}  // namespace zo
