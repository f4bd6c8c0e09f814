#pragma once
#include <string>
#include <vector>

namespace zo {

/// GPUs as libzotrain_cuda.so sees them. The library is loaded on the first question, from the
/// folder of the program or the library path, so a CPU run starts without it.
struct CudaDevices {
  std::vector<std::string> names;  // one line a device: name, compute capability, memory
  std::string why_none;            // the reason when there is none
};
CudaDevices find_cuda_devices();

/// Checks --device (auto, cpu or cuda) and says in a few words where the losses are computed.
/// Throws Error(Usage) for cuda where no device can be used.
std::string choose_device(const std::string& device, int threads);

}  // namespace zo
