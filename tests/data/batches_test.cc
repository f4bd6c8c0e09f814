#include "data/batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "src/base/error.h"
#include "src/base/philox.h"

namespace zo {
namespace {

/// Pictures whose first pixel of channel 0 tells the picture's number; everything else is random.
Dataset numbered(int size, int height = 5, int width = 7) {
  Dataset data;
  data.name = "numbered";
  data.split = "train";
  data.height = height;
  data.width = width;
  data.classes = 10;
  data.mean = {0.5f, 0.25f, 0.4f};
  data.stddev = {0.25f, 0.5f, 0.2f};
  const Philox random(11, Purpose::Test);
  for (int i = 0; i < size; ++i) {
    data.labels.push_back(static_cast<std::uint8_t>(i % 10));
    for (std::int64_t p = 0; p < data.pixels(); ++p) {
      const auto value = random.below(data.images.size(), 256);
      data.images.push_back(static_cast<std::uint8_t>(p == 0 ? i : value));
    }
  }
  return data;
}

/// The number that `numbered` wrote into row `row` of an unaugmented batch.
int number_of(const Dataset& data, const Batch& batch, std::int64_t row) {
  const float x = batch.images[static_cast<std::size_t>(row * data.pixels())];
  return static_cast<int>(std::lround((x * data.stddev[0] + data.mean[0]) * 255.0f));
}

std::vector<int> epoch_order(const Dataset& data, const BatchSource& source, std::int64_t epoch) {
  std::vector<int> order;
  for (std::int64_t k = 0; k < source.per_epoch(); ++k) {
    const Batch batch = source.batch(epoch * source.per_epoch() + k);
    for (std::int64_t row = 0; row < batch.rows; ++row) {
      order.push_back(number_of(data, batch, row));
    }
  }
  return order;
}

TEST(BatchSource, ShowsEveryPictureOncePerEpoch) {
  const Dataset data = numbered(101);
  const BatchSource source(data, 8, 3, Augment::None);
  std::vector<int> all(101);
  std::iota(all.begin(), all.end(), 0);
  for (const std::int64_t epoch : {0, 1, 7}) {
    auto order = epoch_order(data, source, epoch);
    EXPECT_NE(order, all) << "epoch " << epoch << " is not shuffled";
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, all) << "epoch " << epoch;
  }
}

TEST(BatchSource, ShufflesEachEpochAndSeedDifferently) {
  const Dataset data = numbered(101);
  const BatchSource source(data, 8, 3, Augment::None), other(data, 8, 4, Augment::None);
  EXPECT_NE(epoch_order(data, source, 0), epoch_order(data, source, 1));
  EXPECT_NE(epoch_order(data, source, 0), epoch_order(data, other, 0));
}

// Recomputed by tests/reference/make_batches.py, which has its own Philox and its own shuffle.
TEST(BatchSource, OrdersPicturesAsTheIndependentShuffleDoes) {
  const Dataset data = numbered(12);
  const BatchSource source(data, 12, 5, Augment::None);
  EXPECT_EQ(epoch_order(data, source, 0), (std::vector<int>{9, 4, 7, 1, 10, 0, 5, 8, 6, 2, 11, 3}));
  EXPECT_EQ(epoch_order(data, source, 3), (std::vector<int>{3, 0, 11, 2, 5, 4, 6, 8, 10, 1, 9, 7}));
}

TEST(BatchSource, KeepsTheSmallerLastBatch) {
  const Dataset data = numbered(21);
  const BatchSource source(data, 8, 3, Augment::None);
  EXPECT_EQ(source.per_epoch(), 3);
  EXPECT_EQ(source.batch(1).rows, 8);
  for (const std::int64_t last : {2, 5}) {
    const Batch batch = source.batch(last);
    EXPECT_EQ(batch.number, last);
    EXPECT_EQ(batch.rows, 5);
    EXPECT_EQ(batch.labels.size(), 5u);
    EXPECT_EQ(batch.images.size(), static_cast<std::size_t>(5 * data.pixels()));
  }
  EXPECT_EQ(BatchSource(data, 7, 3, Augment::None).per_epoch(), 3);
  EXPECT_EQ(BatchSource(data, 100, 3, Augment::None).batch(4).rows, 21);
}

TEST(BatchSource, GivesTheSameBatchWhateverWasAskedBefore) {
  const Dataset data = numbered(37);
  const BatchSource forwards(data, 8, 3, Augment::CropFlip);
  std::vector<Batch> batches;
  for (std::int64_t k = 0; k < 12; ++k) batches.push_back(forwards.batch(k));
  for (const std::int64_t k : {11, 0, 6, 6, 2, 9}) {
    const Batch again = forwards.batch(k);
    const Batch fresh = BatchSource(data, 8, 3, Augment::CropFlip).batch(k);
    EXPECT_EQ(again.images, batches[static_cast<std::size_t>(k)].images) << "batch " << k;
    EXPECT_EQ(fresh.images, batches[static_cast<std::size_t>(k)].images) << "batch " << k;
    EXPECT_EQ(fresh.labels, batches[static_cast<std::size_t>(k)].labels) << "batch " << k;
  }
}

TEST(BatchSource, KeepsLabelsWithTheirPictures) {
  const Dataset data = numbered(53);
  const Batch batch = BatchSource(data, 53, 3, Augment::None).batch(2);
  for (std::int64_t row = 0; row < batch.rows; ++row) {
    EXPECT_EQ(batch.labels[static_cast<std::size_t>(row)], number_of(data, batch, row) % 10);
  }
}

/// A crop of the padded picture by its textbook description: build the padded picture, cut, mirror.
std::vector<int> naive_crop(const Dataset& data, int picture, int top, int left, bool flip) {
  const int h = data.height, w = data.width;
  std::vector<int> out;
  for (int c = 0; c < 3; ++c) {
    std::vector<std::vector<int>> padded(h + 8, std::vector<int>(w + 8, 0));
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        padded[y + 4][x + 4] = data.images[((picture * 3 + c) * h + y) * w + x];
      }
    }
    for (int y = 0; y < h; ++y) {
      std::vector<int> row(padded[top + y].begin() + left, padded[top + y].begin() + left + w);
      if (flip) std::reverse(row.begin(), row.end());
      out.insert(out.end(), row.begin(), row.end());
    }
  }
  return out;
}

/// A batch's row back in units of pixels.
std::vector<int> pixels_of(const Dataset& data, const Batch& batch, std::int64_t row) {
  std::vector<int> out;
  for (std::int64_t p = 0; p < data.pixels(); ++p) {
    const auto c = static_cast<std::size_t>(p / (std::int64_t{data.height} * data.width));
    const float x = batch.images[static_cast<std::size_t>(row * data.pixels() + p)];
    out.push_back(static_cast<int>(std::lround((x * data.stddev[c] + data.mean[c]) * 255.0f)));
  }
  return out;
}

TEST(BatchSource, CropsAndFlipsLikePaddingCuttingAndMirroring) {
  const Dataset data = numbered(10, 9, 11);
  const BatchSource plain(data, 10, 3, Augment::None), augmented(data, 10, 3, Augment::CropFlip);
  std::vector<int> tops(9), lefts(9), flips(2);
  int diagonal = 0, as_before = 0, last = -1;
  for (std::int64_t k = 0; k < 60; ++k) {
    const Batch source = plain.batch(k), batch = augmented.batch(k);
    for (std::int64_t row = 0; row < 10; ++row) {
      const int picture = number_of(data, source, row);
      const auto seen = pixels_of(data, batch, row);
      int matches = 0;
      for (int top = 0; top < 9; ++top) {
        for (int left = 0; left < 9; ++left) {
          for (int flip = 0; flip < 2; ++flip) {
            if (naive_crop(data, picture, top, left, flip == 1) != seen) continue;
            ++matches, ++tops[top], ++lefts[left], ++flips[flip];
            const int placement = (top * 9 + left) * 2 + flip;
            diagonal += top == left ? 1 : 0;
            as_before += placement == last ? 1 : 0;
            last = placement;
          }
        }
      }
      EXPECT_EQ(matches, 1) << "batch " << k << " row " << row;
    }
  }
  // 600 draws: each count is binomial; 5 standard deviations are 5·sqrt(600·(1/9)(8/9)) < 39 around
  // 66.7, and 5·sqrt(600/4) < 62 around 300.
  for (int i = 0; i < 9; ++i) {
    EXPECT_NEAR(tops[i], 66.7, 39) << "top " << i;
    EXPECT_NEAR(lefts[i], 66.7, 39) << "left " << i;
  }
  EXPECT_NEAR(flips[1], 300, 62);
  EXPECT_NEAR(diagonal, 66.7, 39) << "top and left are not independent";
  // One placement of 162 twice in a row: expected 600/162 = 3.7, standard deviation 1.9.
  EXPECT_LT(as_before, 3.7 + 5 * 1.9) << "rows are not independent";
}

TEST(BatchSource, AugmentsARepeatedPictureAnew) {
  const Dataset data = numbered(1, 9, 11);
  const BatchSource source(data, 1, 3, Augment::CropFlip);
  const auto first = source.batch(0).images;
  int different = 0;
  for (std::int64_t k = 1; k < 6; ++k) different += source.batch(k).images != first ? 1 : 0;
  EXPECT_GE(different, 4);
}

TEST(BatchSource, RefusesABatchOfNoPictures) {
  const Dataset data = numbered(3);
  EXPECT_THROW(BatchSource(data, 0, 1, Augment::None), Error);
  EXPECT_THROW(BatchSource(Dataset{}, 1, 1, Augment::None), Error);
}

TEST(PlainBatch, NormalisesByChannelMeanAndDeviation) {
  Dataset data;
  data.height = data.width = 1;
  data.classes = 2;
  data.mean = {0.5f, 0.25f, 0.0f};
  data.stddev = {0.25f, 0.5f, 2.0f};
  data.images = {0, 255, 51, 204, 0, 255};
  data.labels = {1, 0};
  const Batch batch = plain_batch(data, 0, 2);
  const std::vector<float> expected = {-2.0f, 1.5f, 0.1f, 1.2f, -0.5f, 0.5f};
  ASSERT_EQ(batch.images.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_FLOAT_EQ(batch.images[i], expected[i]) << i;
  }
  EXPECT_EQ(batch.labels, (std::vector<std::int32_t>{1, 0}));
}

TEST(PlainBatch, TakesPicturesInFileOrderFromTheOffset) {
  const Dataset data = numbered(20);
  const Batch batch = plain_batch(data, 7, 13);
  EXPECT_EQ(batch.rows, 13);
  for (std::int64_t row = 0; row < 13; ++row) EXPECT_EQ(number_of(data, batch, row), 7 + row);
}

TEST(PlainBatch, RefusesPicturesBeyondTheSet) {
  const Dataset data = numbered(20);
  EXPECT_THROW(plain_batch(data, 8, 13), Error);
  EXPECT_THROW(plain_batch(data, -1, 2), Error);
  EXPECT_THROW(plain_batch(data, 0, 0), Error);
}

}  // namespace
}  // namespace zo
