#include "src/delta/stacked/cuda/kernels.h"

#include "src/kernels/cuda/library.h"

namespace zo {

const CudaStackedKernels& cuda_stacked_kernels() {
  static const CudaStackedKernels kernels = [] {
    CudaStackedKernels tables;
    if (const auto fill = cuda_library().stacked_kernels; fill != nullptr) {
      fill(&tables.float32, &tables.bf16, &tables.float64);
    }
    return tables;
  }();
  return kernels;
}

}  // namespace zo
