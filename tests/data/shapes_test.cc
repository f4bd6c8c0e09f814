#include "data/shapes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "data/outlines.h"

namespace zo {
namespace {

/// 64-bit FNV-1a.
std::uint64_t hash(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0xcbf29ce484222325ull;
  for (const std::uint8_t byte : bytes) value = (value ^ byte) * 0x100000001b3ull;
  return value;
}

const DataSplits& shapes() {
  static const DataSplits splits = make_shapes();
  return splits;
}

TEST(Shapes, HasTheStatedSizesAndClasses) {
  EXPECT_EQ(shapes().train.size(), 10000);
  EXPECT_EQ(shapes().test.size(), 2000);
  EXPECT_EQ(shapes().train.images.size(), 10000u * 3072);
  EXPECT_EQ(shapes().test.images.size(), 2000u * 3072);
  EXPECT_EQ(shapes().train.class_names, shapes().test.class_names);
  EXPECT_EQ(shapes().train.class_names.size(), 10u);
}

TEST(Shapes, ShowsEveryClassEquallyOften) {
  for (const Dataset* data : {&shapes().train, &shapes().test}) {
    for (int label = 0; label < 10; ++label) {
      EXPECT_EQ(std::count(data->labels.begin(), data->labels.end(), label), data->size() / 10);
    }
  }
}

// Numbers in summaries and papers refer to these very pictures: whoever changes them on purpose has
// a new data set to name.
TEST(Shapes, IsTheSameBitForBitOnEveryMachine) {
  EXPECT_EQ(hash(shapes().train.images), 0xdcfa231950e10febull);
  EXPECT_EQ(hash(shapes().test.images), 0xeb8f99748f88b5cdull);
}

TEST(Shapes, DrawsAPictureWithoutTheOthers) {
  std::vector<std::uint8_t> pixels(3072);
  for (const std::int64_t number : {11999, 10000, 4321}) {
    draw_shape(number, pixels);
    const Dataset& data = number < 10000 ? shapes().train : shapes().test;
    const auto begin = data.images.begin() + number % 10000 * 3072;
    EXPECT_TRUE(std::equal(pixels.begin(), pixels.end(), begin)) << number;
  }
}

TEST(Shapes, NeverShowsAPictureTwice) {
  std::set<std::uint64_t> seen;
  for (const Dataset* data : {&shapes().train, &shapes().test}) {
    for (std::int64_t i = 0; i < data->size(); ++i) {
      seen.insert(hash({data->images.data() + i * 3072, 3072}));
    }
  }
  EXPECT_EQ(seen.size(), 12000u);
}

// The stated constants, three digits each, are the measured ones: pixels come out with mean 0 and
// deviation 1 up to their rounding, half a digit in either over 0.218.
TEST(Shapes, IsCentredAndScaledByItsNormalisation) {
  const Dataset& data = shapes().train;
  for (int c = 0; c < 3; ++c) {
    double sum = 0.0, squares = 0.0;
    for (std::int64_t i = 0; i < data.size(); ++i) {
      for (int p = 0; p < 1024; ++p) {
        const double x = data.images[(i * 3 + c) * 1024 + p] / 255.0;
        sum += x;
        squares += x * x;
      }
    }
    const double count = 1024.0 * 10000, mean = sum / count;
    EXPECT_NEAR((mean - data.mean[c]) / data.stddev[c], 0.0, 0.0015 / 0.218) << c;
    EXPECT_NEAR(std::sqrt(squares / count - mean * mean) / data.stddev[c], 1.0, 0.0015 / 0.218);
  }
}

/// Pixels of picture `number` that are nearer in brightness to the brightest than to the corner.
int bright_pixels(std::int64_t number) {
  const std::uint8_t* picture = shapes().train.images.data() + number * 3072;
  std::vector<int> grey(1024);
  for (int p = 0; p < 1024; ++p) grey[p] = picture[p] + picture[1024 + p] + picture[2048 + p];
  std::vector<int> sorted = grey;
  std::sort(sorted.begin(), sorted.end());
  const int threshold = (sorted[20] + sorted[1003]) / 2;
  return static_cast<int>(
      std::count_if(grey.begin(), grey.end(), [&](int value) { return value > threshold; }));
}

// A disc covers π·0.9² radii squared and its ring 1.6: the drawn pictures must keep the difference.
TEST(Shapes, DrawsADiscLargerThanItsRing) {
  int disc = 0, ring = 0;
  for (int i = 0; i < 500; ++i) {
    disc += bright_pixels(10 * i + static_cast<int>(Outline::Disc));
    ring += bright_pixels(10 * i + static_cast<int>(Outline::Ring));
  }
  EXPECT_GT(disc, 1.3 * ring);
}

}  // namespace
}  // namespace zo
