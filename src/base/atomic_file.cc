#include "src/base/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "src/base/error.h"

namespace zo {
namespace {

/// Owns an open file; errno tells why a member returned false.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : descriptor_(::open(path.c_str(), flags, 0666)) {}
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto done = ::write(descriptor_, bytes.data(), bytes.size());
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return true;
  }
  bool sync() { return ::fsync(descriptor_) == 0; }

 private:
  int descriptor_;
};

bool write_and_sync(const std::string& path, std::string_view bytes) {
  Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
  return file.is_open() && file.write(bytes) && file.sync();
}

}  // namespace

void write_file_atomically(const std::string& path, std::string_view bytes) {
  const std::string part = fmt::format("{}.part{}", path, ::getpid());
  if (!write_and_sync(part, bytes) || std::rename(part.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    ::unlink(part.c_str());
    fail_run("{}: cannot be written: {}; choose a folder that exists, is writable and has room",
             path,
             std::strerror(reason));
  }
  // The rename itself must survive a power cut; file systems without this keep their own order.
  const auto folder = std::filesystem::path(path).parent_path();
  Descriptor(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY | O_CLOEXEC).sync();
}

void require_regular_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    fail_usage("{}: {}", path, error ? error.message() : std::strerror(ENOENT));
  }
  if (std::filesystem::is_directory(status)) fail_usage("{}: is a folder, expected a file", path);
  if (!std::filesystem::is_regular_file(status)) {
    fail_usage("{}: is a pipe, a device or a socket, expected a file", path);
  }
}

std::string read_file(const std::string& path) {
  require_regular_file(path);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  if (file) bytes << file.rdbuf();
  if (!file) fail_usage("{}: cannot be read: {}", path, std::strerror(errno));
  return std::move(bytes).str();
}

}  // namespace zo
