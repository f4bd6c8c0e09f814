#pragma once
#include <string>
#include <vector>

#include "src/kernels/stacked/table.h"

namespace zo {

/// libzotrain_cuda.so, loaded on the first question from the folder of the program or the library
/// path, so a CPU run that never asks starts without it.
struct CudaLibrary {
  std::vector<std::string> devices;  // one line a GPU: name, compute capability, memory
  std::string why_none;              // the reason when there is none
  StackedKernels<float, float> float32;
  StackedKernels<float, Bf16> bf16;
  StackedKernels<double, double> float64;
};

/// The tables are filled in where the library could be loaded, with or without a GPU.
const CudaLibrary& cuda_library();

}  // namespace zo
