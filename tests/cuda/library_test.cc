// The library of CUDA kernels: it loads on any machine, says why there is no device, and where
// there is one every launcher gives what the loops on the CPU give.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>

#include "src/delta/stacked/cuda/kernels.h"
#include "src/kernels/cuda/library.h"
#include "tests/cuda/kernel_calls.h"

namespace zo {
namespace {

TEST(CudaLibrary, LoadsAndFillsEveryEntryOfItsTables) {
  const CudaStackedKernels& library = cuda_stacked_kernels();
  const auto holds_no_null = [](const auto& table) {
    std::array<void*, sizeof table / sizeof(void*)> entries{};
    std::memcpy(entries.data(), &table, sizeof table);
    for (void* entry : entries) EXPECT_NE(entry, nullptr);
  };
  holds_no_null(library.float32);
  holds_no_null(library.bf16);
  holds_no_null(library.float64);
  holds_no_null(cpu_stacked_kernels<float, Bf16>());
}

TEST(CudaLibrary, SaysWhyThereIsNoDevice) {
  if (!cuda_library().devices.empty()) GTEST_SKIP() << "this machine has a CUDA device";
  EXPECT_FALSE(cuda_library().why_none.empty());
  EXPECT_EQ(cuda_library().why_none.find("libzotrain_cuda"), std::string::npos)
      << cuda_library().why_none;
}

/// The library that the program has loaded, whose dependencies hold the CUDA runtime.
void* loaded_library() {
  EXPECT_NE(cuda_library().stacked_kernels, nullptr) << cuda_library().why_none;
  return dlopen("libzotrain_cuda.so", RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
}

TEST(CudaLibrary, BringsTheRuntimeThatItWasBuiltWith) {
  void* library = loaded_library();
  ASSERT_NE(library, nullptr) << dlerror();
  EXPECT_NE(dlsym(library, "cudaMalloc"), nullptr);
  EXPECT_NE(dlsym(library, "cudaMemcpy"), nullptr);
}

/// `rounding`: of one number as it is kept. Both sides round alike, operation by operation, but for
/// the last places of log, exp, sin and cos and the order of sums, all in double. The first may
/// move a kept number to the other side of a tie, by one unit of two roundings, and later steps by
/// a few: 8 roundings. The second moves a sum of n items by n·u·Σ|item|, u = 2⁻⁵³. With
/// kChange, a mean of 1 and m, d short for those of dy, the error of a variance is
/// n·u·(mean |d·(2c + d)| + 2·|m|·mean |d|) <= 4.6·n·u at a variance of 0.32 or more, so
/// 1/√variance errs by 7 n·u, and the constant, 1/√variance · m, by 8; as much on the other side:
/// 16 n·u.
template <class T, class S>
void expect_the_same(const StackedKernels<T, S>& cuda, double rounding) {
  if (cuda_library().devices.empty()) {
    GTEST_SKIP() << "no CUDA device: " << cuda_library().why_none;
  }
  void* library = loaded_library();
  ASSERT_NE(library, nullptr) << dlerror();
  for (const KernelSizes sizes : {kFewItems, kManyItems}) {
    const auto expected = Calls<T, S>(Memory(nullptr), cpu_stacked_kernels<T, S>(), sizes).all();
    const auto results = Calls<T, S>(Memory(library), cuda, sizes).all();
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

TEST(CudaKernels, EqualTheLoopsOnTheCpuInFloat32) {
  expect_the_same(cuda_stacked_kernels().float32, 0x1p-24);
}
TEST(CudaKernels, EqualTheLoopsOnTheCpuInFloat64) {
  expect_the_same(cuda_stacked_kernels().float64, 0x1p-53);
}
TEST(CudaKernels, EqualTheLoopsOnTheCpuWithBf16Differences) {
  expect_the_same(cuda_stacked_kernels().bf16, 0x1p-9);
}

template <class T, class S>
void expect_written() {
  for (const KernelSizes sizes : {kFewItems, kManyItems}) {
    for (const auto& [name, values] :
         Calls<T, S>(Memory(nullptr), cpu_stacked_kernels<T, S>(), sizes).all()) {
      double largest = 0.0;
      for (const double value : values) {
        EXPECT_TRUE(std::isfinite(value)) << name;
        largest = std::max(largest, std::abs(value));
      }
      EXPECT_GT(largest, 0.0) << name;
    }
  }
}

TEST(CudaKernels, CallsOfEveryLoopOnTheCpuWriteSomething) {
  expect_written<float, float>();
  expect_written<float, Bf16>();
  expect_written<double, double>();
}

}  // namespace
}  // namespace zo
