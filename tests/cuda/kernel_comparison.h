#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/cuda/kernel_calls.h"

namespace zo {

/// Holds every launcher of `tables`, called in `memory`, against the loops on the CPU.
/// `rounding`: of one number as it is kept. Both sides round alike, operation by operation, but for
/// the last places of log, exp, sin and cos and the order of sums, all in double. The first may
/// move a kept number to the other side of a tie, by one unit of two roundings, and later steps by
/// a few: 8 roundings. The second moves a sum of n items by n·u·Σ|item|, u = 2⁻⁵³. With
/// kChange, a mean of 1 and m, d short for those of dy, the error of a variance is
/// n·u·(mean |d·(2c + d)| + 2·|m|·mean |d|) <= 4.6·n·u at a variance of 0.32 or more, so
/// 1/√variance errs by 7 n·u, and the constant, 1/√variance · m, by 8; as much on the other side:
/// 16 n·u.
template <class T, class S>
void expect_the_loops_results(const StackedTables& tables, const Memory& memory, double rounding) {
  const StackedKernels<T, S>&loops = cpu_stacked_tables().table<T, S>(),
                          &kernels = tables.table<T, S>();
  for (const KernelSizes sizes : kKernelSizes) {
    const auto expected = Calls<T, S>(Memory(nullptr), loops, sizes).all();
    const auto results = Calls<T, S>(memory, kernels, sizes).all();
    ASSERT_EQ(results.size(), expected.size());
    const double relative = 8.0 * rounding + 16.0 * sizes.items() * 0x1p-53;
    for (std::size_t k = 0; k < results.size(); ++k) {
      const auto& [name, values] = expected[k];
      double largest = 0.0;
      for (const double value : values) largest = std::max(largest, std::abs(value));
      EXPECT_GT(largest, 0.0) << name;
      for (std::size_t i = 0; i < values.size(); ++i) {
        EXPECT_NEAR(results[k].second[i], values[i], relative * largest) << name << " " << i;
      }
    }
  }
}

}  // namespace zo
