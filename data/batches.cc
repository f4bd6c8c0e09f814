#include "data/batches.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include "src/base/error.h"
#include "src/base/philox.h"

namespace zo {
namespace {

constexpr int kPadding = 4;  // pixels on each side before the crop

/// Where a picture's pixels are taken from: shifted by (dy, dx), mirrored or not.
struct Placement {
  int dy = 0, dx = 0;
  bool flip = false;
};

/// Normalises uint8 pictures to float32, as PyTorch's ToTensor and Normalize round it.
class Normaliser {
 public:
  explicit Normaliser(const Dataset& data) : data_(data), table_(std::size_t{256} * data.channels) {
    for (int c = 0; c < data.channels; ++c) {
      for (int value = 0; value < 256; ++value) {
        const float unit = static_cast<float>(value) / 255.0f;
        table_[c * 256 + value] = (unit - data.mean[c]) / data.stddev[c];
      }
    }
  }

  /// Appends picture `index`, placed, to the batch; what lies outside the picture is black.
  void append(std::int64_t index, Placement placed, Batch& batch) const {
    const std::uint8_t* picture = data_.images.data() + index * data_.pixels();
    for (int c = 0; c < data_.channels; ++c) {
      const float* table = &table_[std::size_t{256} * c];
      for (int y = 0; y < data_.height; ++y) {
        const int from_y = y + placed.dy;
        const bool inside_y = from_y >= 0 && from_y < data_.height;
        for (int x = 0; x < data_.width; ++x) {
          const int from_x = (placed.flip ? data_.width - 1 - x : x) + placed.dx;
          const bool inside = inside_y && from_x >= 0 && from_x < data_.width;
          const int at = (c * data_.height + from_y) * data_.width + from_x;
          batch.images.push_back(table[inside ? picture[at] : 0]);
        }
      }
    }
    batch.labels.push_back(data_.labels[index]);
  }

 private:
  const Dataset& data_;
  std::vector<float> table_;
};

Batch empty_batch(const Dataset& data, std::int64_t number, std::int64_t rows) {
  Batch batch;
  batch.number = number;
  batch.rows = rows;
  batch.images.reserve(static_cast<std::size_t>(rows * data.pixels()));
  batch.labels.reserve(static_cast<std::size_t>(rows));
  return batch;
}

/// Permutation of [0, size) by Fisher and Yates; number i of the epoch's stream decides the swap of
/// i.
std::vector<std::uint32_t> permutation(std::int64_t size, std::uint64_t seed, std::int64_t epoch) {
  std::vector<std::uint32_t> order(static_cast<std::size_t>(size));
  std::iota(order.begin(), order.end(), 0u);
  const Philox random(seed, Purpose::Shuffle, static_cast<std::uint64_t>(epoch));
  for (std::uint64_t i = order.size(); i-- > 1;) std::swap(order[i], order[random.below(i, i + 1)]);
  return order;
}

Placement draw_placement(const Philox& random, std::int64_t row) {
  const auto first =
      static_cast<std::uint64_t>(4 * row);  // four numbers a row: whole Philox blocks
  Placement placed;
  placed.dy = static_cast<int>(random.below(first, 2 * kPadding + 1)) - kPadding;
  placed.dx = static_cast<int>(random.below(first + 1, 2 * kPadding + 1)) - kPadding;
  placed.flip = random.below(first + 2, 2) == 1;
  return placed;
}

}  // namespace

BatchSource::BatchSource(const Dataset& data,
                         std::int64_t batch_size,
                         std::uint64_t seed,
                         Augment augment)
    : data_(data), batch_size_(batch_size), seed_(seed), augment_(augment) {
  if (batch_size < 1) fail_usage("--batch {}: must be at least 1", batch_size);
  if (data.size() == 0) fail_usage("--data {}: the {} set is empty", data.name, data.split);
}

std::int64_t BatchSource::per_epoch() const {
  return (data_.size() + batch_size_ - 1) / batch_size_;
}

Batch BatchSource::batch(std::int64_t number) const {
  const std::int64_t epoch = number / per_epoch();
  if (epoch != cached_epoch_) {
    order_ = permutation(data_.size(), seed_, epoch);
    cached_epoch_ = epoch;
  }
  const std::int64_t first = number % per_epoch() * batch_size_;
  const std::int64_t rows = std::min(batch_size_, data_.size() - first);
  const Philox random(seed_, Purpose::Augment, static_cast<std::uint64_t>(number));
  const Normaliser normaliser(data_);
  Batch batch = empty_batch(data_, number, rows);
  for (std::int64_t row = 0; row < rows; ++row) {
    const bool crop = augment_ == Augment::CropFlip;
    const Placement placed = crop ? draw_placement(random, row) : Placement{};
    normaliser.append(order_[static_cast<std::size_t>(first + row)], placed, batch);
  }
  return batch;
}

Batch plain_batch(const Dataset& data, std::int64_t first, std::int64_t rows) {
  if (first < 0 || rows < 1 || first > data.size() - rows) {
    fail_usage("--offset {} --batch {}: {} has {} {} pictures; choose at least 1 and end inside",
               first,
               rows,
               data.name,
               data.size(),
               data.split);
  }
  const Normaliser normaliser(data);
  Batch batch = empty_batch(data, 0, rows);
  for (std::int64_t row = 0; row < rows; ++row) normaliser.append(first + row, {}, batch);
  return batch;
}

}  // namespace zo
