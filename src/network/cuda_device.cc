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
  if (!device.is_cuda()) return at::kCPU;
  if (!cuda_problem().empty()) {
    fail_usage("--device cuda: no CUDA device ({}); use --device cpu", cuda_problem());
  }
  const CudaLibrary& library = cuda_library();
  const auto count = static_cast<int>(library.devices.size());
  if (device.gpu >= count) {
    fail_usage("--device cuda:{}: there {} {} from cuda:0 on; `zotrain info` lists {}",
               device.gpu,
               count == 1 ? "is" : "are",
               count,
               count == 1 ? "it" : "them");
  }
  if (const int error = library.use_device(device.gpu); error != 0) {
    fail_run("--device cuda:{}: CUDA error {}; is another process holding it?", device.gpu, error);
  }
  return {at::kCUDA, static_cast<c10::DeviceIndex>(device.gpu)};
}

}  // namespace zo
