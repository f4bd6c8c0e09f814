#pragma once
#include <cuda_runtime.h>

#include <cstdint>

namespace zo {

/// Threads a block: eight warps keep every supported generation occupied for kernels of few
/// registers.
constexpr int kBlock = 256;

/// Blocks that cover `n` elements, one thread each.
inline int blocks(std::int64_t n) { return static_cast<int>((n + kBlock - 1) / kBlock); }

/// The element of this thread in a one-dimensional launch.
__device__ inline std::int64_t thread_index() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}

/// Calls `launch` with a zero of the element type and returns what the launch reported.
template <class Launch>
int launch_typed(int is_double, Launch launch) {
  if (is_double != 0) {
    launch(0.0);
  } else {
    launch(0.0F);
  }
  return cudaGetLastError();
}

}  // namespace zo
