#include "src/train/device.h"

#include <dlfcn.h>

#include <array>
#include <filesystem>

#include "src/base/error.h"

namespace zo {
namespace {

void* load_library() {
  std::error_code none;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", none);
  const auto beside = program.parent_path() / "libzotrain_cuda.so";
  void* library = dlopen(beside.c_str(), RTLD_NOW | RTLD_LOCAL);
  return library != nullptr ? library : dlopen("libzotrain_cuda.so", RTLD_NOW | RTLD_LOCAL);
}

}  // namespace

CudaDevices find_cuda_devices() {
  CudaDevices found;
  void* library = load_library();
  if (library == nullptr) {
    found.why_none = "libzotrain_cuda.so is not beside the program (built without CUDA)";
    return found;
  }
  using Ask = int (*)(char*, int);
  using Describe = int (*)(int, char*, int);
  const auto count = reinterpret_cast<Ask>(dlsym(library, "zo_cuda_device_count"));
  const auto describe = reinterpret_cast<Describe>(dlsym(library, "zo_cuda_describe"));
  if (count == nullptr || describe == nullptr) {
    found.why_none = "libzotrain_cuda.so belongs to another version of zotrain";
    return found;
  }
  std::array<char, 256> text{};
  const int devices = count(text.data(), static_cast<int>(text.size()));
  if (devices <= 0) found.why_none = text.data();
  for (int i = 0; i < devices; ++i) {
    describe(i, text.data(), static_cast<int>(text.size()));
    found.names.emplace_back(text.data());
  }
  return found;
}

std::string choose_device(const std::string& device, int threads) {
  if (device == "cuda") {
    const auto found = find_cuda_devices();
    if (found.names.empty()) {
      fail_usage("--device cuda: no CUDA device ({}); use --device cpu", found.why_none);
    }
    fail_usage(
        "--device cuda: {} is there, but losses of networks are computed on the CPU only; use "
        "--device cpu",
        found.names.front());
  }
  return fmt::format("CPU, {} thread{}", threads, threads == 1 ? "" : "s");
}

}  // namespace zo
