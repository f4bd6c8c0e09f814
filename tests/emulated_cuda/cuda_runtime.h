#pragma once
// What the kernels use of CUDA's runtime, on the CPU: tests compile the kernels and their launches
// against this header in place of the toolkit's. Shared memory keeps what the block before left in it,
// and memory is the host's, where AddressSanitizer sees an access out of bounds.
#include <cuda_runtime_api.h>

#include <cstddef>

#include "tests/emulated_cuda/block.h"

#define __global__
#define __host__
#define __device__
#define __launch_bounds__(...)
#define __shared__ static  // of the block that runs: one at a time

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
};

using cudaStream_t = void*;
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  std::size_t dynamicSmemBytes = 0;
  cudaStream_t stream = nullptr;
};

inline dim3 gridDim, blockDim, blockIdx, threadIdx;  // of the thread that runs

inline void __syncthreads() { zo::testing::EmulatedBlock::synchronise(); }
inline cudaError_t cudaDeviceSynchronize() { return cudaSuccess; }

/// Refuses what a GPU refuses: grids and blocks that are empty or too large.
template <class... P, class... A>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config,
                               void (*kernel)(P...),
                               A&&... arguments) {
  const dim3 grid = config->gridDim, block = config->blockDim;
  const auto fits = [](dim3 d, unsigned x, unsigned y, unsigned z) {
    return d.x > 0 && d.y > 0 && d.z > 0 && d.x <= x && d.y <= y && d.z <= z;
  };
  const unsigned threads = block.x * block.y * block.z;
  if (!fits(grid, 0x7fffffff, 0xffff, 0xffff) || !fits(block, 1024, 1024, 64) || threads > 1024) {
    return cudaErrorInvalidConfiguration;
  }
  gridDim = grid;
  blockDim = block;
  const auto enter = [&](unsigned t) {
    threadIdx = {t % block.x, t / block.x % block.y, t / (block.x * block.y)};
  };
  for (blockIdx.z = 0; blockIdx.z < grid.z; ++blockIdx.z) {
    for (blockIdx.y = 0; blockIdx.y < grid.y; ++blockIdx.y) {
      for (blockIdx.x = 0; blockIdx.x < grid.x; ++blockIdx.x) {
        zo::testing::EmulatedBlock::run(threads, enter, [&] { kernel(arguments...); });
      }
    }
  }
  return cudaSuccess;
}
