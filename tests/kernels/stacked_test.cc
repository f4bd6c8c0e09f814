#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "src/kernels/bf16.h"
#include "src/kernels/stacked/wave_work.h"

namespace zo {
namespace {

float rounded(float value) { return to_float(to_bf16(value)); }

TEST(Bf16, KeepsWhatHasEightSignificantBits) {
  for (const float value : {0.0F, 1.0F, -3.140625F, 0x1.fep100F, 0x1p-130F}) {
    EXPECT_EQ(rounded(value), value);
  }
}

TEST(Bf16, RoundsToNearestAndTiesToEven) {
  EXPECT_EQ(rounded(1.0F + 0x1p-8F), 1.0F);
  EXPECT_EQ(rounded(1.0F + 0x1p-8F + 0x1p-20F), 1.0F + 0x1p-7F);
  EXPECT_EQ(rounded(-1.0F - 3 * 0x1p-8F), -1.0F - 0x1p-6F);
  EXPECT_EQ(rounded(std::numeric_limits<float>::max()), std::numeric_limits<float>::infinity());
}

TEST(Bf16, KeepsInfinitiesAndNaN) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(rounded(-infinity), -infinity);
  EXPECT_TRUE(std::isnan(rounded(std::numeric_limits<float>::quiet_NaN())));
}

TEST(ReluDifference, IsTheDifferenceAndKeepsTheDigitsOfASmallChange) {
  for (const double z : {-2.0, -0.5, 0.0, 0.5, 2.0}) {
    for (const double dz : {-3.0, -0.25, 0.0, 0.25, 3.0}) {
      EXPECT_EQ(relu_difference(z, dz), std::max(z + dz, 0.0) - std::max(z, 0.0)) << z << " " << dz;
    }
  }
  EXPECT_EQ(relu_difference(3.0F, 1e-12F), 1e-12F);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(relu_difference(1.0, nan)));
  EXPECT_TRUE(std::isnan(relu_difference(-1.0, nan)));
}

TEST(MapShape, TapsReadTheShiftedPixelOrNothing) {
  const MapShape same{4, 4, 4, 4, 1}, half{4, 4, 2, 2, 2};
  EXPECT_EQ(same.input(5, 4), 5);
  EXPECT_EQ(same.input(5, 0), 0);
  EXPECT_EQ(same.input(5, 8), 10);
  EXPECT_EQ(same.input(0, 0), -1);
  EXPECT_EQ(same.input(3, 5), -1);
  EXPECT_EQ(same.input(12, 7), -1);
  EXPECT_EQ(half.input(3, 4), 10);
  EXPECT_EQ(half.input(3, 8), 15);
  EXPECT_EQ(half.input(2, 3), -1);
}

}  // namespace
}  // namespace zo
