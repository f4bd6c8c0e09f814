#pragma once
#include "src/base/hd.h"

namespace zo {

/// Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray, CVPR 2016, points 0, ±1, ±2, ∞): a 4x4
/// tile of outputs Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A from a 6x6 tile of inputs d and a 3x3 filter g
/// takes 36 products instead of 144. The functions are the one-dimensional transforms; V is a
/// number or a vector of numbers.
///
/// The 36 points stand in the order of three passes of two rows each, rows 1 and 2, 3 and 4, 0 and
/// 5, because the two share their sums and a pass fits the registers.
constexpr int kWinogradTile = 4;    // outputs a side
constexpr int kWinogradPoints = 6;  // inputs a side
constexpr int kWinogradPasses = 3;
constexpr int kPassPoints = 2 * kWinogradPoints;
/// Row of points that is first (half = 0) or second in a pass.
ZO_HD constexpr int winograd_row(int pass, int half) {
  return pass == 2 ? 5 * half : 1 + 2 * pass + half;
}

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

/// The two rows of Bᵀ that `pass` computes: six inputs → two points.
template <int Pass, class V>
ZO_HD inline void winograd_input_pair(const V* x, V* y) {
  if constexpr (Pass == 2) {
    y[0] = 4 * x[0] - 5 * x[2] + x[4];
    y[1] = 4 * x[1] - 5 * x[3] + x[5];
  } else {
    const V even = Pass == 0 ? x[4] - 4 * x[2] : x[4] - x[2];
    const V odd = Pass == 0 ? x[3] - 4 * x[1] : 2 * (x[3] - x[1]);
    y[0] = even + odd;
    y[1] = even - odd;
  }
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
  const double outer = g[0] / 24 + g[2] / 6, middle = g[1] / 12;
  y[0] = g[0] / 4;
  y[1] = -even - odd;
  y[2] = -even + odd;
  y[3] = outer + middle;
  y[4] = outer - middle;
  y[5] = g[2];
}

}  // namespace zo
