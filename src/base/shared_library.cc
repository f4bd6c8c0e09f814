#include "src/base/shared_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace zo {

std::filesystem::path program_folder() {
  std::error_code none;
  return std::filesystem::read_symlink("/proc/self/exe", none).parent_path();
}

SharedLibrary SharedLibrary::open(const std::filesystem::path& folder,
                                  const std::string& name,
                                  Symbols symbols) {
  SharedLibrary library;
  std::error_code none;
  const auto beside = folder / name;
  const bool is_beside = std::filesystem::exists(beside, none);
  const int flags = RTLD_NOW | (symbols == Symbols::Shared ? RTLD_GLOBAL : RTLD_LOCAL);
  library.handle_ = dlopen(is_beside ? beside.c_str() : name.c_str(), flags);
  if (library.handle_ != nullptr) return library;
  const std::string words = dlerror();
  // The loader names the file that it misses: the library itself, or one that it needs.
  library.missing_ =
      words.starts_with(fmt::format("{}: cannot open shared object file: No such file", name));
  library.why_not_ = fmt::format("{} cannot be loaded: {}", name, words);
  return library;
}

void* SharedLibrary::find(const char* name) const { return dlsym(handle_, name); }

}  // namespace zo
