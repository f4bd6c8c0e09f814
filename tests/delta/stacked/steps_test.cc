#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "src/delta/stacked/base_work.h"
#include "src/delta/stacked/wave_work.h"
#include "src/kernels/bf16.h"

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

TEST(ChannelNorms, MomentsAreThoseAroundTheTrueMeanThoughTheyAreTakenAroundAnother) {
  const std::vector<double> y{1.0, 2.0, 3.0, 6.0};  // mean 3, biased variance 3.5
  double mean = 2.5;
  const double bias = 10.0, scale = 3.0, shift = 0.25;
  std::vector<double> statistics(2);
  BaseNorm norm;
  ChannelLine<double> line{};
  ChannelNorms<double> work;
  work.means = {{1, 2, 1, 1, 2, nullptr}, y.data(), &mean};
  work.parameters = {&bias, &scale, &shift};
  work.epsilon = 0.5;
  work.statistics = statistics.data();
  work.norms = &norm;
  work.lines = &line;
  const auto run = [&] {
    TwoSums sums;
    for (int i = 0; work.sums(0) && i < 4; ++i) sums += work.add<1>(0, i / 2, i % 2);
    work.finish(0, sums);
  };
  run();
  EXPECT_EQ(norm.offset, 0.5);
  EXPECT_EQ(norm.variance, 3.5);
  EXPECT_EQ(statistics, (std::vector<double>{13.0, 3.5}));
  EXPECT_EQ(line.center, 2.5);
  EXPECT_EQ(line.gain, 1.5);  // 3 / √(3.5 + 0.5)
  EXPECT_EQ(line.shift, 0.25 - 1.5 * 0.5);
  // Running statistics are of y with its bias, and nothing is summed.
  const std::vector<double> running{11.0, 8.5};
  work.running = running.data();
  EXPECT_FALSE(work.sums(0));
  run();
  EXPECT_EQ(norm.offset, 0.0);
  EXPECT_EQ(line.center, 1.0);
  EXPECT_EQ(line.gain, 1.0);
  EXPECT_EQ(line.shift, 0.25);
}

TEST(ChannelNorms, WhatACenterLosesToRoundingIsItsOffset) {
  const std::vector<double> running{1.0 + 0x1p-30, 1.0};
  BaseNorm norm;
  ChannelLine<float> line{};
  ChannelNorms<float> work;
  work.means.planes.channels = 1;
  work.running = running.data();
  work.norms = &norm;
  work.lines = &line;
  work.finish(0, {});
  EXPECT_EQ(line.center, 1.0F);
  EXPECT_EQ(norm.offset, 0x1p-30);
  EXPECT_EQ(line.shift, -0x1p-30F);
}

TEST(Slices, CoverAllPicturesAndFollowFromTheShapeAlone) {
  const auto expect = [](std::int64_t pictures, int pixels, std::int64_t of_slice, int count) {
    const Slices slices = Slices::of(pictures, pixels);
    EXPECT_EQ(slices.pictures, of_slice) << pictures << " of " << pixels;
    EXPECT_EQ(slices.count, count) << pictures << " of " << pixels;
  };
  expect(8, 1024, 8, 1);
  expect(9, 1024, 8, 2);
  expect(128, 1024, 8, 16);
  expect(128, 64, 128, 1);
  expect(3, 10000, 1, 3);
  expect(1, 1, 8192, 1);
}

}  // namespace
}  // namespace zo
