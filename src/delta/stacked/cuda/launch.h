#pragma once
#include <cuda_runtime.h>

#include <cstdint>

#include "src/delta/stacked/element.h"

namespace zo {

/// Threads a block where a thread computes an element: eight warps keep every supported generation
/// occupied for kernels of few registers.
constexpr int kBlock = 256;
/// Threads a block where a block reduces a group; a power of two. Groups are few (probes ×
/// channels), so each gets as many threads as there can be.
constexpr int kReduceBlock = 1024;

template <class Work>
__global__ void compute_each(Work work, std::int64_t size) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < size) work.compute(i);
}

/// Adds by a tree of fixed shape: the sums depend on nothing but the items.
template <class Work>
__global__ void __launch_bounds__(kReduceBlock) reduce_groups(Work work) {
  __shared__ double first[kReduceBlock], second[kReduceBlock];
  const std::int64_t group = blockIdx.x;
  const int thread = static_cast<int>(threadIdx.x);
  const std::int64_t items = work.items(group);
  TwoSums sums;
  for (std::int64_t item = thread; item < items; item += kReduceBlock) {
    const TwoSums more = work.add(group, item);
    sums.first += more.first;
    sums.second += more.second;
  }
  first[thread] = sums.first;
  second[thread] = sums.second;
  for (int half = kReduceBlock / 2; half > 0; half /= 2) {
    __syncthreads();
    if (thread < half) {
      first[thread] += first[thread + half];
      second[thread] += second[thread + half];
    }
  }
  if (thread == 0) work.finish(group, {first[0], second[0]});
}

struct CudaLauncher {
  template <class Work>
  static int each(const Work& work) {
    const std::int64_t size = work.size();
    if (size == 0) return 0;
    compute_each<<<static_cast<unsigned>((size + kBlock - 1) / kBlock), kBlock>>>(work, size);
    return cudaGetLastError();
  }
  template <class Work>
  static int reduce(const Work& work) {
    const std::int64_t groups = work.groups();
    if (groups == 0) return 0;
    reduce_groups<<<static_cast<unsigned>(groups), kReduceBlock>>>(work);
    return cudaGetLastError();
  }
  static const char* reason(int error) {
    return cudaGetErrorString(static_cast<cudaError_t>(error));
  }
};

}  // namespace zo
