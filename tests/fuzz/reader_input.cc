#include "tests/fuzz/reader_input.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>

#include "src/base/error.h"

namespace zo::fuzz {

MemoryFile::MemoryFile() : descriptor_(memfd_create("zotrain-fuzz", MFD_CLOEXEC)) {
  require(descriptor_ >= 0);
  path_ = "/proc/self/fd/" + std::to_string(descriptor_);
}

MemoryFile::~MemoryFile() { ::close(descriptor_); }

void MemoryFile::assign(std::string_view bytes) {
  const auto size = static_cast<ssize_t>(bytes.size());
  require(::ftruncate(descriptor_, size) == 0);
  require(::pwrite(descriptor_, bytes.data(), bytes.size(), 0) == size);
}

LinkFolder::LinkFolder()
    : path_((std::filesystem::temp_directory_path() / "zotrain-fuzz-XXXXXX").string()) {
  require(::mkdtemp(path_.data()) != nullptr);
}

LinkFolder::~LinkFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void LinkFolder::link(const std::string& name, const MemoryFile& file) const {
  std::filesystem::create_symlink(file.path(), std::filesystem::path(path_) / name);
}

void read_or_refuse(const std::function<void()>& reader) {
  try {
    reader();
  } catch (const Error& error) {
    require(error.what()[0] != '\0');
  }
}

}  // namespace zo::fuzz
