// The library of CUDA kernels: it loads on any machine, says why there is no device, and where
// there is one every launcher gives what the loops on the CPU give.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>

#include "src/kernels/cuda/library.h"
#include "tests/cuda/kernel_comparison.h"
#include "tests/cuda/require_cuda.h"

namespace zo {
namespace {

TEST(CudaLibrary, LoadsAndFillsEveryEntryOfItsTables) {
  const StackedTables& library = cuda_stacked_tables();
  const auto holds_no_null = [](const auto& table) {
    std::array<void*, sizeof table / sizeof(void*)> entries{};
    std::memcpy(entries.data(), &table, sizeof table);
    for (void* entry : entries) EXPECT_NE(entry, nullptr);
  };
  holds_no_null(library.float32);
  holds_no_null(library.bf16);
  holds_no_null(library.float64);
  holds_no_null(cpu_stacked_tables().bf16);
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

template <class T, class S>
void expect_the_same(double rounding) {
  ZO_NEED_CUDA(cuda_library().devices.empty() ? cuda_library().why_none : "");
  void* library = loaded_library();
  ASSERT_NE(library, nullptr) << dlerror();
  expect_the_loops_results<T, S>(cuda_stacked_tables(), Memory(library), rounding);
}

TEST(CudaKernels, EqualTheLoopsOnTheCpuInFloat32) { expect_the_same<float, float>(0x1p-24); }
TEST(CudaKernels, EqualTheLoopsOnTheCpuInFloat64) { expect_the_same<double, double>(0x1p-53); }
TEST(CudaKernels, EqualTheLoopsOnTheCpuWithBf16Differences) {
  expect_the_same<float, Bf16>(0x1p-9);
}

template <class T, class S>
void expect_written() {
  for (const KernelSizes sizes : kKernelSizes) {
    for (const auto& [name, values] :
         Calls<T, S>(Memory(nullptr), cpu_stacked_tables().table<T, S>(), sizes).all()) {
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
