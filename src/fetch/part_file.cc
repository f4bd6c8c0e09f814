#include "src/fetch/part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "src/base/atomic_file.h"
#include "src/base/error.h"
#include "src/base/progress.h"

namespace zo {
namespace {

using Json = nlohmann::json;

/// A file that cannot be read tells nothing, like one that is not there.
Origin read_origin(const std::string& path) {
  try {
    const Json stored = Json::parse(read_file(path));
    return {stored.at("url"), stored.at("version"), stored.at("bytes")};
  } catch (const Error&) {
    return {};
  } catch (const Json::exception&) {
    return {};
  }
}

}  // namespace

PartFile::PartFile(const std::string& path)
    : path_(path + ".part"),
      origin_path_(path_ + ".json"),
      descriptor_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666)) {
  if (descriptor_ < 0) {
    fail_run("{}: cannot be written: {}; choose a --data-dir that is writable",
             path_,
             std::strerror(errno));
  }
  struct stat found = {};
  const bool locked = ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
  const bool known = ::fstat(descriptor_, &found) == 0;
  // Who was ahead of us may have removed what we opened.
  if (!locked || !known || found.st_nlink == 0) {
    ::close(descriptor_);
    fail_run("{}: another process is fetching it; wait for it to end", path_);
  }
  size_ = found.st_size;
  ::lseek(descriptor_, 0, SEEK_END);
  if (size_ > 0) origin_ = read_origin(origin_path_);
}

PartFile::~PartFile() { ::close(descriptor_); }

void PartFile::set_origin(const Origin& origin) {
  origin_ = origin;
  const Json stored = {{"url", origin.url}, {"version", origin.version}, {"bytes", origin.bytes}};
  write_file_atomically(origin_path_, stored.dump(1) + "\n");
}

void PartFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto done = ::write(descriptor_, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) {
      fail_run(
          "{}: cannot be written beyond {} bytes: {}; make room, and the same command goes on from "
          "there",
          path_,
          count_text(size_),
          std::strerror(errno));
    }
    bytes.remove_prefix(static_cast<std::size_t>(done));
    size_ += done;
  }
}

void PartFile::restart() {
  size_ = 0;
  origin_ = {};
  ::unlink(origin_path_.c_str());
  if (::ftruncate(descriptor_, 0) != 0 || ::lseek(descriptor_, 0, SEEK_SET) != 0) {
    fail_run("{}: cannot be emptied: {}", path_, std::strerror(errno));
  }
}

void PartFile::keep_as(const std::string& path) {
  if (::fsync(descriptor_) != 0 || ::rename(path_.c_str(), path.c_str()) != 0) {
    fail_run("{}: cannot be written: {}", path, std::strerror(errno));
  }
  ::unlink(origin_path_.c_str());
}

void PartFile::remove() {
  ::unlink(origin_path_.c_str());
  ::unlink(path_.c_str());
}

}  // namespace zo
