// The library of CUDA kernels: it loads on any machine, says why there is no device, and where
// there is one its results equal those of the same bodies on the CPU.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "src/kernels/cross_entropy.h"
#include "src/kernels/cuda/api.h"
#include "src/kernels/direction.h"

namespace zo {
namespace {

class CudaLibrary : public ::testing::Test {
 protected:
  void SetUp() override {
    handle_ = dlopen(ZO_CUDA_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(handle_, nullptr) << dlerror();
  }

  template <class Function>
  Function* function(const char* name) {
    auto* found = reinterpret_cast<Function*>(dlsym(handle_, name));
    EXPECT_NE(found, nullptr) << name;
    return found;
  }

  int devices() {
    return function<decltype(zo_cuda_device_count)>("zo_cuda_device_count")(
        why_.data(), static_cast<int>(why_.size()));
  }

  /// A copy of `values` on the GPU; freed with the process.
  template <class T>
  T* to_device(const std::vector<T>& values) {
    void* memory = nullptr;
    EXPECT_EQ(function<int(void**, std::size_t)>("cudaMalloc")(&memory, values.size() * sizeof(T)),
              0);
    EXPECT_EQ(copy(memory, values.data(), values.size() * sizeof(T), 1), 0);
    return static_cast<T*>(memory);
  }
  template <class T>
  std::vector<T> to_host(const T* memory, std::size_t size) {
    std::vector<T> values(size);
    EXPECT_EQ(copy(values.data(), memory, size * sizeof(T), 2), 0);
    return values;
  }
  int copy(void* to, const void* from, std::size_t bytes, int kind) {
    return function<int(void*, const void*, std::size_t, int)>("cudaMemcpy")(to, from, bytes, kind);
  }

  void* handle_ = nullptr;
  std::array<char, 256> why_{};
};

TEST_F(CudaLibrary, OffersEveryFunctionOfItsHeader) {
  for (const char* name :
       {"zo_cuda_device_count", "zo_cuda_describe", "zo_cuda_perturb", "zo_cuda_cross_entropy"}) {
    EXPECT_NE(dlsym(handle_, name), nullptr) << name;
  }
}

TEST_F(CudaLibrary, SaysWhyThereIsNoDevice) {
  if (devices() > 0) GTEST_SKIP() << "this machine has a CUDA device";
  EXPECT_FALSE(std::string(why_.data()).empty());
}

TEST_F(CudaLibrary, PerturbsByTheSameDirectionAsTheCpu) {
  if (devices() == 0) GTEST_SKIP() << "no CUDA device";
  const std::int64_t n = 1001;
  const std::vector<double> theta(n, 0.25);
  for (const Law law : {Law::Gaussian, Law::Rademacher}) {
    double* in = to_device(theta);
    double* out = to_device(theta);
    ASSERT_EQ(function<decltype(zo_cuda_perturb)>("zo_cuda_perturb")(
                  in, out, n, 1, 77, 0.5, static_cast<int>(law), nullptr, nullptr),
              0);
    const auto values = to_host(out, n);
    for (std::int64_t i = 0; i < n; ++i) {
      // log, cos and sin may differ by two units in the last place between libm and the device.
      EXPECT_NEAR(values[i], 0.25 + 0.5 * direction_value(77, law, i), 1e-14) << i;
    }
  }
}

TEST_F(CudaLibrary, ComputesTheSameCrossEntropyAsTheCpu) {
  if (devices() == 0) GTEST_SKIP() << "no CUDA device";
  const int rows = 300, classes = 10;
  std::vector<float> logits(rows * classes);
  std::vector<std::int32_t> labels(rows);
  for (int i = 0; i < rows * classes; ++i)
    logits[i] = std::sin(0.37F * static_cast<float>(i)) * 4.0F;
  for (int i = 0; i < rows; ++i) labels[i] = i % classes;
  double* losses = to_device(std::vector<double>(rows));
  ASSERT_EQ(function<decltype(zo_cuda_cross_entropy)>("zo_cuda_cross_entropy")(
                to_device(logits), to_device(labels), losses, rows, classes, 0, nullptr),
            0);
  const auto values = to_host(losses, rows);
  for (int row = 0; row < rows; ++row) {
    EXPECT_NEAR(
        values[row], cross_entropy_row(&logits[row * classes], classes, labels[row]), 1e-13);
  }
}

}  // namespace
}  // namespace zo
