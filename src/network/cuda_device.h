#pragma once
#include <c10/core/Device.h>

#include <string>

#include "src/network/network_oracle.h"

namespace zo {

/// Why no GPU can be used, or "" where one can. The first call loads libzotrain_cuda.so and, if
/// that sees a GPU, libtorch_cuda.so, and sets what makes losses exact and repeatable: no TF32, no
/// reduced precision in sums, deterministic algorithms chosen without timing them. It must come
/// before LibTorch's first operation, even one on the CPU: what that finds missing stays missing.
const std::string& cuda_problem();

/// The device as LibTorch names it, ready for use: a GPU becomes the one that this thread launches on.
/// Throws Error(Usage) with cuda_problem(), or for a number that no visible GPU has.
at::Device open_device(Device device);

}  // namespace zo
