#include "src/run/device.h"

#include "src/base/error.h"
#include "src/kernels/cuda/library.h"
#include "src/network/cuda_device.h"

namespace zo {

ChosenDevice choose_device(const std::string& device, int threads) {
  std::string cpu = fmt::format("CPU, {} thread{}", threads, threads == 1 ? "" : "s");
  if (device == "cpu") return {Device::Cpu, cpu};
  if (device == "auto" && !cuda_problem().empty()) {
    return {Device::Cpu, fmt::format("{} (no CUDA device: {})", cpu, cuda_problem())};
  }
  open_device(Device::Cuda);
  return {Device::Cuda, cuda_library().devices.front()};
}

}  // namespace zo
