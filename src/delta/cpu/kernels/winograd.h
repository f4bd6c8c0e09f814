#pragma once
#include <type_traits>
#include <utility>

#include "src/base/hd.h"

namespace zo {

/// Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray, CVPR 2016): a 4x4 tile of outputs
/// Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A from a 6x6 tile of inputs d and a 3x3 filter g takes 36 products
/// instead of 144. Its points are 0, ±√½, ±√2 and ∞: rounding is half of that of 0, ±1, ±2, ∞ (4.1e-7
/// of the outputs' size against 8.6e-7, 16 channels in float32; plain products 1.6e-7), as no entry of
/// the transforms is far from 1. The functions are the one-dimensional transforms; V is a number or a
/// vector of numbers.
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

/// The numbers that V is made of.
template <class V>
struct WinogradNumber {
  using Type = std::remove_cvref_t<decltype(std::declval<V&>()[0])>;
};
template <class V>
requires std::is_arithmetic_v<V>
struct WinogradNumber<V> {
  using Type = V;
};

/// The points of the transforms: ±kNear, ±kFar. kNear·kFar = 1.
template <class V>
struct WinogradConstants {
  using T = typename WinogradNumber<V>::Type;
  static constexpr T kNear = static_cast<T>(0.707106781186547524400844362104849039L);
  static constexpr T kFar = static_cast<T>(1.414213562373095048801688724209698079L);
  static constexpr T kHalf = static_cast<T>(0.5);  // kNear²
  static constexpr T kTwo = static_cast<T>(2);     // kFar²
  static constexpr T kBoth = static_cast<T>(2.5);  // kNear² + kFar²
  static constexpr T kNearCube = kNear * kHalf;
  static constexpr T kFarCube = kFar * kTwo;
};

/// The two rows of Bᵀ that `pass` computes: six inputs → two points.
template <int Pass, class V>
ZO_HD inline void winograd_input_pair(const V* x, V* y) {
  using C = WinogradConstants<V>;
  if constexpr (Pass == 2) {
    y[0] = x[0] - C::kBoth * x[2] + x[4];
    y[1] = x[1] - C::kBoth * x[3] + x[5];
  } else {
    const auto other = Pass == 0 ? C::kTwo : C::kHalf;
    const auto point = Pass == 0 ? C::kNear : C::kFar;
    const V even = x[4] - other * x[2], odd = x[3] - other * x[1];
    y[0] = even + point * odd;
    y[1] = even - point * odd;
  }
}

/// Bᵀ: six inputs → six points.
template <class V>
ZO_HD inline void winograd_input(const V* x, V* y) {
  V outer[2];
  winograd_input_pair<0>(x, y + 1);
  winograd_input_pair<1>(x, y + 3);
  winograd_input_pair<2>(x, outer);
  y[0] = outer[0];
  y[5] = outer[1];
}

/// Aᵀ: six points → four outputs.
template <class V>
ZO_HD inline void winograd_output(const V* m, V* y) {
  using C = WinogradConstants<V>;
  const V a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], d = m[3] - m[4];
  y[0] = m[0] + a + c;
  y[1] = C::kNear * b + C::kFar * d;
  y[2] = C::kHalf * a + C::kTwo * c;
  y[3] = C::kNearCube * b + C::kFarCube * d + m[5];
}

/// G: three filter taps → six points, in double whatever the precision of the products.
ZO_HD inline void winograd_filter(const double* g, double* y) {
  using C = WinogradConstants<double>;
  // Divided by the product of a point's distances to the others: −3/2 for ±kNear, 6 for ±kFar.
  const double near = (g[0] + C::kHalf * g[2]) / -1.5, near_odd = C::kNear * g[1] / -1.5;
  const double far = (g[0] + C::kTwo * g[2]) / 6, far_odd = C::kFar * g[1] / 6;
  y[0] = g[0];
  y[1] = near + near_odd;
  y[2] = near - near_odd;
  y[3] = far + far_odd;
  y[4] = far - far_odd;
  y[5] = g[2];
}

}  // namespace zo
