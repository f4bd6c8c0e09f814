#pragma once
#include <string>
#include <vector>

namespace zo {

/// libzotrain_cuda.so, loaded on the first question from the folder of the program or the library
/// path, so a CPU run that never asks starts without it.
struct CudaLibrary {
  std::vector<std::string> devices;  // one line a GPU: name, compute capability, memory
  std::string why_none;              // the reason when there is none
  /// zo_cuda_stacked_kernels of api.h; null where the library could not be loaded.
  void (*stacked_kernels)(void* float32, void* bf16, void* float64) = nullptr;
};

const CudaLibrary& cuda_library();

}  // namespace zo
