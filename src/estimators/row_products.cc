#include "src/estimators/row_products.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define ZO_WIDEST __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ZO_WIDEST
#endif

namespace zo {
namespace {

typedef double Eight __attribute__((vector_size(64), aligned(8), may_alias));

constexpr std::int64_t kRows = 64;       // of a and b that stay in the first cache
constexpr int kHigh = 4, kWide = 2 * 8;  // sums that stay in registers

}  // namespace

/// Eigen is compiled for the oldest processor and takes three times as long. Everything stands in this
/// one function, as others would not be compiled for the wide vectors.
ZO_WIDEST void add_row_products(const double* a,
                                const double* b,
                                std::int64_t rows,
                                std::int64_t columns,
                                double* sum,
                                std::int64_t stride) {
  for (std::int64_t first = 0; first < rows; first += kRows) {
    const std::int64_t last = first + kRows < rows ? first + kRows : rows;
    for (std::int64_t i = 0; i < columns; i += kHigh) {
      for (std::int64_t j = 0; j < columns; j += kWide) {
        if (i + kHigh <= columns && j + kWide <= columns) {
          Eight left[kHigh] = {}, right[kHigh] = {};
          for (std::int64_t r = first; r < last; ++r) {
            const double* x = a + r * columns + i;
            const Eight* y = reinterpret_cast<const Eight*>(b + r * columns + j);
#pragma GCC unroll 4
            for (int k = 0; k < kHigh; ++k) {
              left[k] += x[k] * y[0];
              right[k] += x[k] * y[1];
            }
          }
#pragma GCC unroll 4
          for (int k = 0; k < kHigh; ++k) {
            Eight* to = reinterpret_cast<Eight*>(sum + (i + k) * stride + j);
            to[0] += left[k];
            to[1] += right[k];
          }
          continue;
        }
        for (std::int64_t k = i; k < i + kHigh && k < columns; ++k) {
          for (std::int64_t l = j; l < j + kWide && l < columns; ++l) {
            double part = 0.0;
            for (std::int64_t r = first; r < last; ++r)
              part += a[r * columns + k] * b[r * columns + l];
            sum[k * stride + l] += part;
          }
        }
      }
    }
  }
}

}  // namespace zo
