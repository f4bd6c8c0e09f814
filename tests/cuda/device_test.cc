// LibTorch's CUDA half: it can be loaded into a running program, and is set to exact, repeatable
// arithmetic.
#include <ATen/Context.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "src/base/error.h"
#include "src/kernels/cuda/library.h"
#include "src/network/cuda_device.h"
#include "tests/cuda/require_cuda.h"

namespace zo {
namespace {

TEST(CudaDevice, TheCpuNeedsNothing) { EXPECT_EQ(open_device(Device{}), at::Device(at::kCPU)); }

TEST(CudaDevice, IsRefusedWithTheReasonWhereThereIsNone) {
  if (!cuda_library().devices.empty()) GTEST_SKIP() << "this machine has a CUDA device";
  try {
    open_device(Device{0});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(cuda_library().why_none), std::string::npos);
  }
}

TEST(CudaDevice, LibTorchsCudaHalfLoadsIntoARunningProgram) {
  if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    ZO_NEED_CUDA(fmt::format("this LibTorch has no CUDA half: {}", dlerror()));
  }
  // Its operators are registered: the hooks are those of CUDA, not the stand-ins.
  EXPECT_TRUE(at::detail::getCUDAHooks().compiledWithCuDNN());
}

TEST(CudaDevice, ArithmeticIsExactAndRepeatable) {
  ZO_NEED_CUDA(cuda_problem());
  EXPECT_TRUE(open_device(Device{0}).is_cuda());
  const at::Context& context = at::globalContext();
  EXPECT_FALSE(context.allowTF32CuBLAS());
  EXPECT_TRUE(context.deterministicCuDNN());
  EXPECT_FALSE(context.benchmarkCuDNN());
}

}  // namespace
}  // namespace zo
