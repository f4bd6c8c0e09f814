#include <cuda_runtime.h>

#include "src/kernels/cuda/api.h"
#include "src/kernels/cuda/launch.h"
#include "src/kernels/direction.h"

namespace {

template <class T>
__global__ void perturb(const T* theta,
                        T* out,
                        std::int64_t n,
                        std::uint64_t seed,
                        double scale,
                        zo::Law law,
                        const double* weights) {
  const std::int64_t i = zo::thread_index();
  if (i >= n) return;
  const double entry = zo::direction_value(seed, law, i);
  out[i] = static_cast<T>(static_cast<double>(theta[i]) +
                          scale * (weights != nullptr ? weights[i] * entry : entry));
}

}  // namespace

extern "C" int zo_cuda_perturb(const void* theta,
                               void* out,
                               std::int64_t n,
                               int is_double,
                               std::uint64_t seed,
                               double scale,
                               int law,
                               const double* weights,
                               void* stream) {
  return zo::launch_typed(is_double, [&](auto zero) {
    using T = decltype(zero);
    perturb<T><<<zo::blocks(n), zo::kBlock, 0, static_cast<cudaStream_t>(stream)>>>(
        static_cast<const T*>(theta),
        static_cast<T*>(out),
        n,
        seed,
        scale,
        static_cast<zo::Law>(law),
        weights);
  });
}
