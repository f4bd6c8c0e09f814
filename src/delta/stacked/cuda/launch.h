#pragma once
#include <cuda_runtime.h>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace zo {

/// What did not start, in words.
inline std::string& launch_failure() {
  static std::string words;
  return words;
}

/// Kernels launched so far.
inline std::int64_t& launch_count() {
  static std::int64_t count = 0;
  return count;
}

/// Where every launch goes through: on the default stream, without waiting. ZO_CUDA_SYNC=1 in the
/// environment waits for each, so that a fault is told of the kernel that it happened in. Returns 0 or
/// a cudaError_t.
template <class... P, class... A>
int launch(const char* name, void (*kernel)(P...), dim3 grid, dim3 block, const A&... arguments) {
  static const bool wait = std::getenv("ZO_CUDA_SYNC") != nullptr;
  ++launch_count();
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  cudaError_t error = cudaLaunchKernelEx(&config, kernel, arguments...);
  if (error == cudaSuccess && wait) error = cudaDeviceSynchronize();
  if (error != cudaSuccess) {
    launch_failure() = std::string(name) +
                       (wait ? ": " : " or one before it (ZO_CUDA_SYNC=1 tells): ") +
                       cudaGetErrorString(error);
  }
  return error;
}

}  // namespace zo
