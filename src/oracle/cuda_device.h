#pragma once
#include <c10/core/Device.h>

#include "src/oracle/network_oracle.h"

namespace zo {

/// The device as LibTorch names it. For CUDA it loads libtorch_cuda.so, once, and sets what makes
/// losses exact and repeatable: no TF32, no reduced precision in sums, deterministic algorithms
/// chosen without timing them. Throws Error(Usage) with the reason where no GPU can be used.
at::Device open_device(Device device);

}  // namespace zo
