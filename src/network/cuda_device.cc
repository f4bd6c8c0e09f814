#include "src/network/cuda_device.h"

#include <ATen/Context.h>
#include <dlfcn.h>

#include <cstdlib>

#include "src/base/error.h"
#include "src/kernels/cuda/library.h"

namespace zo {
namespace {

/// LibTorch keeps its CUDA half in a library that registers itself when it is loaded.
std::string load_torch_cuda() {
  if (cuda_library().devices.empty()) return cuda_library().why_none;
  // cuBLAS repeats its bits only with a workspace of fixed size, which it reads when it starts.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
  if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) return dlerror();
  if (!at::detail::getCUDAHooks().compiledWithCuDNN()) {
    return "LibTorch was at work before its CUDA library was loaded";
  }
  at::Context& context = at::globalContext();
  context.setAllowTF32CuDNN(false);
  context.setAllowTF32CuBLAS(false);
  context.setAllowFP16ReductionCuBLAS(false);
  context.setAllowBF16ReductionCuBLAS(false);
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
  return "";
}

}  // namespace

const std::string& cuda_problem() {
  static const std::string problem = load_torch_cuda();
  return problem;
}

at::Device open_device(Device device) {
  if (device == Device::Cpu) return at::kCPU;
  if (!cuda_problem().empty()) {
    fail_usage("--device cuda: no CUDA device ({}); use --device cpu", cuda_problem());
  }
  return {at::kCUDA, 0};
}

}  // namespace zo
