#pragma once
#include <type_traits>

#include "src/delta/stacked/table.h"

namespace zo {

/// The launchers of libzotrain_cuda.so; empty tables where it could not be loaded.
struct CudaStackedKernels {
  StackedKernels<float, float> float32;
  StackedKernels<float, Bf16> bf16;
  StackedKernels<double, double> float64;

  template <class T, class S>
  const StackedKernels<T, S>& table() const {
    if constexpr (std::is_same_v<T, double>) {
      return float64;
    } else if constexpr (std::is_same_v<S, Bf16>) {
      return bf16;
    } else {
      return float32;
    }
  }
};
const CudaStackedKernels& cuda_stacked_kernels();

}  // namespace zo
