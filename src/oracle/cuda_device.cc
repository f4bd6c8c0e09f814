#include "src/oracle/cuda_device.h"

#include <ATen/Context.h>
#include <dlfcn.h>

#include <cstdlib>

#include "src/base/error.h"
#include "src/kernels/cuda/library.h"

namespace zo {
namespace {

/// LibTorch keeps its CUDA half in a library that registers itself when it is loaded.
bool load_torch_cuda() {
  // cuBLAS repeats its bits only with a workspace of fixed size, which it reads when it starts.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
  if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    fail_usage("--device cuda: LibTorch's CUDA library cannot be loaded: {}; use --device cpu",
               dlerror());
  }
  at::Context& context = at::globalContext();
  context.setAllowTF32CuDNN(false);
  context.setAllowTF32CuBLAS(false);
  context.setAllowFP16ReductionCuBLAS(false);
  context.setAllowBF16ReductionCuBLAS(false);
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
  return true;
}

}  // namespace

at::Device open_device(Device device) {
  if (device == Device::Cpu) return at::kCPU;
  if (cuda_library().devices.empty()) {
    fail_usage("--device cuda: no CUDA device ({}); use --device cpu", cuda_library().why_none);
  }
  static const bool loaded = load_torch_cuda();
  static_cast<void>(loaded);
  return {at::kCUDA, 0};
}

}  // namespace zo
