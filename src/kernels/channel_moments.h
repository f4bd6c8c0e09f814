#pragma once
#include <cstdint>
#include <vector>

namespace zo {

/// Mean and biased variance of every channel of `x` [rows, channels], row-major: what BatchNorm
/// normalises by, where rows = pictures × pixels. Two passes; short blocks are summed in T and
/// these in double, because one float32 sum over a batch of pixels would be off by 1e-4.
template <class T>
void channel_moments(const T* x, std::int64_t rows, int channels, double* mean, double* variance) {
  constexpr std::int64_t kBlock = 32;
  std::vector<T> partial(channels), center(channels, T(0));
  const auto pass = [&](double* total, auto term) {
    for (int c = 0; c < channels; ++c) total[c] = 0.0;
    for (std::int64_t first = 0; first < rows; first += kBlock) {
      const std::int64_t last = first + kBlock < rows ? first + kBlock : rows;
      for (int c = 0; c < channels; ++c) partial[c] = T(0);
      for (std::int64_t row = first; row < last; ++row) {
        const T* values = x + row * channels;
        for (int c = 0; c < channels; ++c) partial[c] += term(values[c] - center[c]);
      }
      for (int c = 0; c < channels; ++c) total[c] += static_cast<double>(partial[c]);
    }
    for (int c = 0; c < channels; ++c) total[c] /= static_cast<double>(rows);
  };
  pass(mean, [](T value) { return value; });
  for (int c = 0; c < channels; ++c) center[c] = static_cast<T>(mean[c]);
  pass(variance, [](T value) { return value * value; });
  // The centre was the mean rounded to T: Σ(x − c)² = Σ(x − mean)² + rows·(mean − c)².
  for (int c = 0; c < channels; ++c) {
    const double rounding = mean[c] - static_cast<double>(center[c]);
    variance[c] -= rounding * rounding;
  }
}

}  // namespace zo
