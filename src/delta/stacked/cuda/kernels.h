#pragma once
#include "src/delta/stacked/table.h"

namespace zo {

/// The launchers of libzotrain_cuda.so; empty tables where it could not be loaded.
struct CudaStackedKernels {
  StackedKernels<float, float> float32;
  StackedKernels<float, Bf16> bf16;
  StackedKernels<double, double> float64;
};
const CudaStackedKernels& cuda_stacked_kernels();

}  // namespace zo
