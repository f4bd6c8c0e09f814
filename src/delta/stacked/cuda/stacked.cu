#include "src/delta/stacked/cuda/launch.h"
#include "src/delta/stacked/table.h"
#include "src/kernels/cuda/api.h"

extern "C" void zo_cuda_stacked_kernels(void* float32, void* bf16, void* float64) {
  using zo::CudaLauncher;
  *static_cast<zo::StackedKernels<float, float>*>(float32) =
      zo::make_stacked_kernels<float, float, CudaLauncher>();
  *static_cast<zo::StackedKernels<float, zo::Bf16>*>(bf16) =
      zo::make_stacked_kernels<float, zo::Bf16, CudaLauncher>();
  *static_cast<zo::StackedKernels<double, double>*>(float64) =
      zo::make_stacked_kernels<double, double, CudaLauncher>();
}
