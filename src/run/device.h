#pragma once
#include <string>

#include "src/network/network_oracle.h"

namespace zo {

/// Where a run computes its losses, also in words.
struct ChosenDevice {
  Device place = Device::Cpu;
  std::string text;
};

/// What --device (auto, cpu or cuda) means on this machine; auto is CUDA where there is a device
/// and everything it needs. Throws Error(Usage) for cuda where no device can be used.
ChosenDevice choose_device(const std::string& device, int threads);

}  // namespace zo
