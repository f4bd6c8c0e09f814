#pragma once
#include <cstdint>
#include <vector>

#include "data/dataset.h"

namespace zo {

/// Normalised pictures [rows, C, H, W] (float32) with their labels.
struct Batch {
  std::int64_t number = 0;
  std::int64_t rows = 0;
  std::vector<float> images;
  std::vector<std::int32_t> labels;
};

enum class Augment { None, CropFlip };

/// Mini-batches as a pure function of (seed, number): batch `number` belongs to epoch number /
/// per_epoch(), each epoch is one permutation of the set, the last batch of an epoch may be
/// smaller. CropFlip: random crop of the picture padded by 4 black pixels and horizontal flip,
/// drawn per (seed, number, row), so every probe of a step sees the same pixels. The data set must
/// outlive the source.
class BatchSource {
 public:
  BatchSource(const Dataset& data, std::int64_t batch_size, std::uint64_t seed, Augment augment);
  Batch batch(std::int64_t number) const;
  std::int64_t per_epoch() const;

 private:
  const Dataset& data_;
  std::int64_t batch_size_;
  std::uint64_t seed_;
  Augment augment_;
  // The permutation of the epoch asked for last: a cache, not state.
  mutable std::int64_t cached_epoch_ = -1;
  mutable std::vector<std::uint32_t> order_;
};

/// Pictures first … first + rows − 1 in file order, normalised, not augmented.
Batch plain_batch(const Dataset& data, std::int64_t first, std::int64_t rows);

}  // namespace zo
