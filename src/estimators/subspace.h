#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace zo {

/// Where entry (row, column), row ≥ column, stands in a packed lower triangle.
inline std::int64_t packed_index(std::int64_t row, std::int64_t column) {
  return row * (row + 1) / 2 + column;
}

/// ZO-SAH's intermediate subspace V: m coordinates cut into consecutive blocks of `block` slots.
/// The last block is shorter when `block` does not divide m. Slot s stands for θ's coordinate
/// coordinates[s].
struct Subspace {
  std::vector<std::int64_t> coordinates;
  std::int64_t block = 2;

  std::int64_t size() const { return static_cast<std::int64_t>(coordinates.size()); }
  std::int64_t blocks() const { return (size() + block - 1) / block; }
  std::int64_t first(std::int64_t j) const { return j * block; }
  std::int64_t length(std::int64_t j) const { return std::min(block, size() - j * block); }
  /// Numbers that hold one block's Hessian: its lower triangle by rows, (h11, h21, h22, h31, …).
  std::int64_t packed() const { return block * (block + 1) / 2; }
  /// Where the diagonal entry of slot s stands in the blocks, one packed block after the other.
  std::int64_t diagonal(std::int64_t s) const {
    const std::int64_t j = s / block, i = s - first(j);
    return j * packed() + packed_index(i, i);
  }
};

/// The first m entries of a random permutation of {0 … d−1}, drawn by Philox from (seed, Subspace,
/// period): a pure function, so a resumed run draws the same. Needs 0 ≤ m ≤ d.
Subspace draw_subspace(
    std::uint64_t seed, std::int64_t period, std::int64_t d, std::int64_t m, std::int64_t block);

}  // namespace zo
