#include "src/kernels/cross_entropy.h"

#include <cuda_runtime.h>

#include "src/kernels/cuda/api.h"
#include "src/kernels/cuda/launch.h"

namespace {

template <class T>
__global__ void cross_entropy(
    const T* logits, const std::int32_t* labels, double* losses, std::int64_t rows, int classes) {
  const std::int64_t row = zo::thread_index();
  if (row < rows) losses[row] = zo::cross_entropy_row(logits + row * classes, classes, labels[row]);
}

}  // namespace

extern "C" int zo_cuda_cross_entropy(const void* logits,
                                     const std::int32_t* labels,
                                     double* losses,
                                     std::int64_t rows,
                                     int classes,
                                     int is_double,
                                     void* stream) {
  return zo::launch_typed(is_double, [&](auto zero) {
    using T = decltype(zero);
    cross_entropy<T><<<zo::blocks(rows), zo::kBlock, 0, static_cast<cudaStream_t>(stream)>>>(
        static_cast<const T*>(logits), labels, losses, rows, classes);
  });
}
