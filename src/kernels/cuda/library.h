#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace zo {

/// libzotrain_cuda.so, loaded on the first question, so a CPU run that never asks starts without
/// it.
struct CudaLibrary {
  std::vector<std::string> devices;  // one line a GPU: name, compute capability, memory
  std::string why_none;              // the reason when there is none
  // Of api.h; null where the library could not be loaded.
  int (*use_device)(int device) = nullptr;
  std::int64_t (*l2_bytes)(int device) = nullptr;
  std::int64_t (*launch_count)() = nullptr;
  void (*stacked_kernels)(void* float32, void* bf16, void* float64) = nullptr;
};

/// Loads the library from `folder`, or from the library path where the folder has none. Never
/// throws: `why_none` tells a build without CUDA (no such file) from a file that cannot be loaded,
/// for which it holds the loader's own words, and from a machine without a GPU.
CudaLibrary load_cuda_library(const std::filesystem::path& folder);

/// The same from the folder of the program, once.
const CudaLibrary& cuda_library();

}  // namespace zo
