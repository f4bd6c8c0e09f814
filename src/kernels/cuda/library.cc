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

/// Sets `function` to what `name` is in `library`; whether it is there.
template <class Function>
bool look_up(void* library, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(dlsym(library, name));
  return function != nullptr;
}

}  // namespace

CudaLibrary load_cuda_library(const std::filesystem::path& folder) {
  CudaLibrary found;
  void* library = open_library(folder, found.why_none);
  if (library == nullptr) return found;
  decltype(&zo_cuda_device_count) count = nullptr;
  decltype(&zo_cuda_describe) describe = nullptr;
  CudaLibrary complete;
  if (!look_up(library, "zo_cuda_device_count", count) ||
      !look_up(library, "zo_cuda_describe", describe) ||
      !look_up(library, "zo_cuda_use_device", complete.use_device) ||
      !look_up(library, "zo_cuda_l2_bytes", complete.l2_bytes) ||
      !look_up(library, "zo_cuda_launch_count", complete.launch_count) ||
      !look_up(library, "zo_cuda_stacked_kernels", complete.stacked_kernels)) {
    found.why_none = "libzotrain_cuda.so belongs to another version of zotrain";
    dlclose(library);
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
  static const CudaLibrary library = [] {
    std::error_code none;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", none);
    return load_cuda_library(program.parent_path());
  }();
  return library;
}

}  // namespace zo
