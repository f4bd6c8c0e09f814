#pragma once
#include <string>

#include "src/base/options.h"
#include "src/network/network_oracle.h"

namespace zo {

/// Where losses are computed, also in words.
struct ChosenDevice {
  Device place;
  std::string text;
  std::string no_gpu;  // why `auto` took the CPU, else ""
};

/// The option of the verbs that compute losses.
struct DeviceChoice {
  std::string name = "auto";

  /// Adds --device.
  void describe(OptionTable& table);
  /// What it means on this machine: auto is the first GPU where there is one and everything that it
  /// needs. Of several ranks on a host each takes the GPU of its number, `local_rank`, unless one is
  /// named. Throws Error(Usage) for another word, and for a GPU that cannot be used.
  ChosenDevice open(int threads, int local_rank = 0) const;
};

}  // namespace zo
