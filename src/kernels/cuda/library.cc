#include "src/kernels/cuda/library.h"

#include <dlfcn.h>

#include <array>
#include <filesystem>

#include "src/kernels/cuda/api.h"

namespace zo {
namespace {

void* open_library() {
  std::error_code none;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", none);
  const auto beside = program.parent_path() / "libzotrain_cuda.so";
  void* library = dlopen(beside.c_str(), RTLD_NOW | RTLD_LOCAL);
  return library != nullptr ? library : dlopen("libzotrain_cuda.so", RTLD_NOW | RTLD_LOCAL);
}

CudaLibrary load() {
  CudaLibrary found;
  void* library = open_library();
  if (library == nullptr) {
    found.why_none = "libzotrain_cuda.so is not beside the program (built without CUDA)";
    return found;
  }
  const auto count =
      reinterpret_cast<decltype(&zo_cuda_device_count)>(dlsym(library, "zo_cuda_device_count"));
  const auto describe =
      reinterpret_cast<decltype(&zo_cuda_describe)>(dlsym(library, "zo_cuda_describe"));
  const auto kernels = reinterpret_cast<decltype(&zo_cuda_stacked_kernels)>(
      dlsym(library, "zo_cuda_stacked_kernels"));
  if (count == nullptr || describe == nullptr || kernels == nullptr) {
    found.why_none = "libzotrain_cuda.so belongs to another version of zotrain";
    return found;
  }
  found.stacked_kernels = kernels;
  std::array<char, 256> text{};
  const int devices = count(text.data(), static_cast<int>(text.size()));
  if (devices <= 0) found.why_none = text.data();
  for (int i = 0; i < devices; ++i) {
    describe(i, text.data(), static_cast<int>(text.size()));
    found.devices.emplace_back(text.data());
  }
  return found;
}

}  // namespace

const CudaLibrary& cuda_library() {
  static const CudaLibrary library = load();
  return library;
}

}  // namespace zo
