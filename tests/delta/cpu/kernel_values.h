#pragma once
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "src/base/philox.h"
#include "src/delta/cpu/kernels/delta_kernels.h"

namespace zo::testing {

/// Aligned to a cache line, as the kernels want it.
template <class T>
class Values {
 public:
  explicit Values(std::int64_t size) : raw_(size + 64 / sizeof(T), T(0)), size_(size) {
    const auto at = reinterpret_cast<std::uintptr_t>(raw_.data());
    shift_ = (64 - at % 64) % 64 / sizeof(T);
  }
  /// Whole numbers in [−range, range] times `unit`: sums of products of them are exact.
  static Values whole(std::int64_t size, std::uint64_t seed, int range, double unit = 1.0) {
    Values values(size);
    const Philox stream(seed, Purpose::Test, 5);
    for (std::int64_t i = 0; i < size; ++i) {
      const auto drawn = static_cast<int>(stream.below(i, 2 * range + 1)) - range;
      values[i] = static_cast<T>(unit * drawn);
    }
    return values;
  }
  T* data() { return raw_.data() + shift_; }
  T& operator[](std::int64_t i) { return data()[i]; }
  std::int64_t size() const { return size_; }

 private:
  std::vector<T> raw_;
  std::int64_t size_;
  std::size_t shift_ = 0;
};

/// Every kind of kernels that this processor runs.
template <class T>
class DeltaKernelsOf : public ::testing::Test {
 protected:
  static std::vector<const DeltaKernels<T, T>*> all() {
    std::vector<const DeltaKernels<T, T>*> found;
    for (const char* name : {"avx512", "avx2", "baseline"}) {
      if (const auto* kernels = delta_kernels<T, T>(name)) found.push_back(kernels);
    }
    return found;
  }
};
}  // namespace zo::testing
