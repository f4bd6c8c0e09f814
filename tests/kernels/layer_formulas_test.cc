#include "src/kernels/layer_formulas.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace zo {
namespace {

typedef double Two __attribute__((vector_size(16)));
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
const std::vector<double> kNumbers = {-3.0, -0.5, 0.0, 0.25, 2.0};

/// A formula of scalars, and the same on a vector whose lanes hold x and −x of every argument.
template <class Scalar, class Vector, class... X>
void expect_lanes(const Scalar& scalar, const Vector& vector, X... x) {
  const Two lanes = vector(Two{x, -x}...);
  EXPECT_EQ(lanes[0], scalar(x...));
  EXPECT_EQ(lanes[1], scalar(-x...));
}

TEST(LayerFormulas, AReluDifferenceIsTheDifferenceOfTwoRelus) {
  for (const double z : kNumbers) {
    for (const double dz : kNumbers) {
      EXPECT_EQ(relu_difference(z, dz), std::max(z + dz, 0.0) - std::max(z, 0.0)) << z << " " << dz;
      expect_lanes([](double a, double b) { return relu_difference(a, b); },
                   [](Two a, Two b) { return relu_difference(a, b); },
                   z,
                   dz);
    }
    EXPECT_EQ(relu(z), std::max(z, 0.0));
    expect_lanes([](double a) { return relu(a); }, [](Two a) { return relu(a); }, z);
  }
  // Below the rounding of z, the difference keeps its digits.
  EXPECT_EQ(relu_difference(1e9, 1e-9), 1e-9);
}

TEST(LayerFormulas, APooledDifferenceIsTheDifferenceOfTwoMaxima) {
  for (int draw = 0; draw < 625; ++draw) {
    double a[4], da[4], sum[4];
    Two lanes[4], changes[4];
    for (int i = 0, rest = draw; i < 4; ++i, rest /= 5) {
      a[i] = kNumbers[rest % 5];
      da[i] = kNumbers[(rest + 3 * i + draw) % 5];
      sum[i] = a[i] + da[i];
      lanes[i] = Two{a[i], -a[i]};
      changes[i] = Two{da[i], -da[i]};
    }
    EXPECT_EQ(pooled(a), *std::max_element(a, a + 4));
    EXPECT_EQ(pooled_difference(a, da), *std::max_element(sum, sum + 4) - pooled(a));
    const Two both = pooled_difference<Two>(lanes, changes);
    EXPECT_EQ(both[0], pooled_difference(a, da));
    double lowest = std::min({sum[0], sum[1], sum[2], sum[3]});
    EXPECT_EQ(both[1], *std::min_element(a, a + 4) - lowest);
  }
  const double far[4] = {1e9, 0, 0, 0}, near[4] = {1e-9, 0, 0, 0};
  EXPECT_EQ(pooled_difference(far, near), 1e-9);
}

TEST(LayerFormulas, ANaNStaysWhereverItStands) {
  for (const double z : kNumbers) EXPECT_TRUE(std::isnan(relu_difference(z, kNaN))) << z;
  EXPECT_TRUE(std::isnan(relu(kNaN)));
  for (int at = 0; at < 4; ++at) {
    double a[4] = {1, 2, 3, 0}, da[4] = {0, 1, -1, 5};
    da[at] = kNaN;
    EXPECT_TRUE(std::isnan(pooled_difference(a, da))) << at;
    a[at] = kNaN;
    EXPECT_TRUE(std::isnan(pooled(a))) << at;
    EXPECT_TRUE(std::isnan(larger_or_nan(a[at], 7.0)) && std::isnan(larger_or_nan(7.0, a[at])));
  }
}

TEST(LayerFormulas, AChangedChannelIsItsNormalisationAtTheChangedInput) {
  const double gain = 1.5, shift = -0.25, slope = 1.75, moved = 0.5;
  for (const double c : kNumbers) {
    EXPECT_EQ(normalised(gain, c, shift), 1.5 * c - 0.25);
    for (const double dy : kNumbers) {
      // slope·(c + dy) + (shift + moved), less what it was.
      const double change = slope * (c + dy) + shift + moved - normalised(gain, c, shift);
      EXPECT_EQ(normalised_difference(slope, dy, slope - gain, c, moved), change);
      EXPECT_EQ(square_difference(c, dy), (c + dy) * (c + dy) - c * c);
      const Two lanes = normalised_difference<Two>(
          Two{slope, slope}, Two{dy, -dy}, Two{0.25, 0.25}, Two{c, -c}, Two{moved, moved});
      EXPECT_EQ(lanes[0], change);
      EXPECT_EQ(lanes[1], normalised_difference(slope, -dy, 0.25, -c, moved));
    }
  }
}

}  // namespace
}  // namespace zo
