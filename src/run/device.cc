#include "src/run/device.h"

#include <charconv>
#include <optional>
#include <string_view>

#include "src/base/error.h"
#include "src/kernels/cuda/library.h"
#include "src/network/cuda_device.h"

namespace zo {
namespace {

/// N of "cuda:N"; "cuda" is the first.
std::optional<int> gpu_number(std::string_view name) {
  constexpr std::string_view kCuda = "cuda", kPrefix = "cuda:";
  if (name == kCuda) return 0;
  if (!name.starts_with(kPrefix)) return {};
  name.remove_prefix(kPrefix.size());
  int number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number < 0) return {};
  return number;
}

}  // namespace

void DeviceChoice::describe(OptionTable& table) {
  table
      .add("device",
           &name,
           "where: cpu, cuda (the first GPU), cuda:N (GPU N of those visible, from 0), or auto = "
           "cuda where there is a GPU")
      .may_change_on_resume();
}

ChosenDevice DeviceChoice::open(int threads, int local_rank) const {
  const std::optional<int> gpu = gpu_number(name);
  if (!gpu && name != "auto" && name != "cpu") {
    fail_usage("--device: '{}' must be auto, cpu, cuda, or cuda:N for GPU N", name);
  }
  std::string cpu = fmt::format("CPU, {} thread{}", threads, threads == 1 ? "" : "s");
  if (name == "cpu") return {Device{}, cpu, ""};
  if (!gpu && !cuda_problem().empty()) return {Device{}, cpu, cuda_problem()};
  const auto visible = static_cast<int>(cuda_library().devices.size());
  const bool named = name.find(':') != std::string::npos;
  const Device place{named || visible == 0 ? gpu.value_or(0) : local_rank % visible};
  open_device(place);
  return {place, cuda_library().devices[place.gpu], ""};
}

}  // namespace zo
