#include "src/kernels/cuda/library.h"

#include <fmt/format.h>

#include <array>
#include <string>

#include "src/base/shared_library.h"
#include "src/kernels/cuda/api.h"

namespace zo {
namespace {

constexpr const char* kName = "libzotrain_cuda.so";

}  // namespace

CudaLibrary load_cuda_library(const std::filesystem::path& folder) {
  CudaLibrary found;
  const auto library = SharedLibrary::open(folder, kName, SharedLibrary::Symbols::Own);
  if (!library.is_open()) {
    found.why_none = library.is_missing()
                         ? fmt::format("{} is not beside the program (built without CUDA)", kName)
                         : library.why_not();
    return found;
  }
  decltype(&zo_cuda_device_count) count = nullptr;
  decltype(&zo_cuda_describe) describe = nullptr;
  CudaLibrary complete;
  if (!library.look_up("zo_cuda_device_count", count) ||
      !library.look_up("zo_cuda_describe", describe) ||
      !library.look_up("zo_cuda_use_device", complete.use_device) ||
      !library.look_up("zo_cuda_l2_bytes", complete.l2_bytes) ||
      !library.look_up("zo_cuda_launch_count", complete.launch_count) ||
      !library.look_up("zo_cuda_stacked_kernels", complete.stacked_kernels)) {
    found.why_none = fmt::format("{} belongs to another version of zotrain", kName);
    return found;
  }
  std::array<char, 256> text{};
  const int devices = count(text.data(), static_cast<int>(text.size()));
  if (devices <= 0) complete.why_none = text.data();
  for (int i = 0; i < devices; ++i) {
    describe(i, text.data(), static_cast<int>(text.size()));
    complete.devices.emplace_back(text.data());
  }
  return complete;
}

const CudaLibrary& cuda_library() {
  static const CudaLibrary library = load_cuda_library(program_folder());
  return library;
}

}  // namespace zo
