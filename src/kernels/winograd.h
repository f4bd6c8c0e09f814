#pragma once
#include "src/base/hd.h"

namespace zo {

/// Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray, CVPR 2016, points 0, ±1, ±2, ∞): a 4x4
/// tile of outputs Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A from a 6x6 tile of inputs d and a 3x3 filter g
/// takes 36 products instead of 144. The three functions are the one-dimensional transforms; V is a
/// number or a vector of numbers.
constexpr int kWinogradTile = 4;    // outputs a side
constexpr int kWinogradPoints = 6;  // inputs a side

/// Bᵀ: six inputs → six points.
template <class V>
ZO_HD inline void winograd_input(const V* x, V* y) {
  const V a = x[4] - 4 * x[2], b = x[3] - 4 * x[1];
  const V c = x[4] - x[2], d = 2 * (x[3] - x[1]);
  y[0] = 4 * x[0] - 5 * x[2] + x[4];
  y[1] = a + b;
  y[2] = a - b;
  y[3] = c + d;
  y[4] = c - d;
  y[5] = 4 * x[1] - 5 * x[3] + x[5];
}

/// Aᵀ: six points → four outputs.
template <class V>
ZO_HD inline void winograd_output(const V* m, V* y) {
  const V a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], d = m[3] - m[4];
  y[0] = m[0] + a + c;
  y[1] = b + 2 * d;
  y[2] = a + 4 * c;
  y[3] = b + 8 * d + m[5];
}

/// G: three filter taps → six points, in double whatever the precision of the products.
ZO_HD inline void winograd_filter(const double* g, double* y) {
  const double even = (g[0] + g[2]) / 6, odd = g[1] / 6;
  const double far = g[0] / 24 + g[2] / 6, middle = g[1] / 12;
  y[0] = g[0] / 4;
  y[1] = -even - odd;
  y[2] = -even + odd;
  y[3] = far + middle;
  y[4] = far - middle;
  y[5] = g[2];
}

}  // namespace zo
