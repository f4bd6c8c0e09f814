#include "src/kernels/cuda/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <string>

#include "src/kernels/cuda/api.h"

namespace zo {
namespace {

constexpr const char* kName = "libzotrain_cuda.so";

/// A handle, or null with the reason in `why`.
void* open_library(const std::filesystem::path& folder, std::string& why) {
  std::error_code none;
  const auto beside = folder / kName;
  const bool is_beside = std::filesystem::exists(beside, none);
  void* library = dlopen(is_beside ? beside.c_str() : kName, RTLD_NOW | RTLD_LOCAL);
  if (library != nullptr) return library;
  why = dlerror();
  // The loader names the file that it misses: the library itself, or one that it needs.
  if (why.starts_with(fmt::format("{}: cannot open shared object file: No such file", kName))) {
    why = fmt::format("{} is not beside the program (built without CUDA)", kName);
  } else {
    why = fmt::format("{} cannot be loaded: {}", kName, why);
  }
  return nullptr;
}

}  // namespace

CudaLibrary load_cuda_library(const std::filesystem::path& folder) {
  CudaLibrary found;
  void* library = open_library(folder, found.why_none);
  if (library == nullptr) return found;
  const auto count =
      reinterpret_cast<decltype(&zo_cuda_device_count)>(dlsym(library, "zo_cuda_device_count"));
  const auto describe =
      reinterpret_cast<decltype(&zo_cuda_describe)>(dlsym(library, "zo_cuda_describe"));
  const auto kernels = reinterpret_cast<decltype(&zo_cuda_stacked_kernels)>(
      dlsym(library, "zo_cuda_stacked_kernels"));
  if (count == nullptr || describe == nullptr || kernels == nullptr) {
    found.why_none = "libzotrain_cuda.so belongs to another version of zotrain";
    dlclose(library);
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

const CudaLibrary& cuda_library() {
  static const CudaLibrary library = [] {
    std::error_code none;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", none);
    return load_cuda_library(program.parent_path());
  }();
  return library;
}

}  // namespace zo
