// Why there is no GPU, in words that tell what to do.
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "src/kernels/cuda/api.h"

namespace zo {
namespace {

using testing::emulated_devices;

std::string why_none() {
  std::array<char, 256> why{};
  EXPECT_EQ(zo_cuda_device_count(why.data(), static_cast<int>(why.size())), 0);
  return why.data();
}

constexpr const char* kNone =
    "no NVIDIA device is visible: in Docker add --gpus all, in Slurm --gres=gpu:1";

TEST(CudaDevices, NoneVisibleIsToldApartFromAnOldDriver) {
  emulated_devices = {.error = cudaErrorNoDevice, .driver = 13000};
  EXPECT_EQ(why_none(), kNone);
  emulated_devices = {.error = cudaSuccess, .driver = 13000};
  EXPECT_EQ(why_none(), kNone);
  emulated_devices = {.error = cudaErrorInsufficientDriver, .driver = 0};
  EXPECT_EQ(why_none(), kNone);
  emulated_devices = {.error = cudaErrorInsufficientDriver, .driver = 12020};
  EXPECT_EQ(why_none(),
            "the driver is made for CUDA 12.2, older than 13.0 of this build: update it");
  emulated_devices = {.error = cudaSuccess, .count = 1, .driver = 13000, .major = 7};
  EXPECT_EQ(why_none(),
            "Emulated 0 has compute capability 7.0, and this build is for 7.5 and newer");
  emulated_devices = {.error = cudaErrorUnknown, .driver = 13000};
  EXPECT_EQ(why_none(), "unknown error");
}

TEST(CudaDevices, AreCountedAndDescribed) {
  emulated_devices = {.error = cudaSuccess, .count = 2, .driver = 13000};
  std::array<char, 256> text{};
  EXPECT_EQ(zo_cuda_device_count(text.data(), 256), 2);
  EXPECT_EQ(zo_cuda_describe(1, text.data(), 256), 0);
  EXPECT_EQ(std::string(text.data()), "Emulated 1, compute capability 9.0, 1.5 GiB");
  EXPECT_NE(zo_cuda_describe(2, text.data(), 256), 0);
  EXPECT_EQ(zo_cuda_l2_bytes(1), 40 << 20);
  EXPECT_EQ(zo_cuda_l2_bytes(2), 0);
}

TEST(CudaDevices, OneIsChosenByItsNumber) {
  emulated_devices = {.error = cudaSuccess, .count = 2, .driver = 13000};
  EXPECT_EQ(zo_cuda_use_device(1), 0);
  EXPECT_EQ(emulated_devices.current, 1);
  EXPECT_NE(zo_cuda_use_device(2), 0);
  EXPECT_EQ(emulated_devices.current, 1);
}

}  // namespace
}  // namespace zo
