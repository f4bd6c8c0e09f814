#include "src/run/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "src/base/atomic_file.h"
#include "src/base/error.h"
#include "src/base/log.h"

namespace zo {

RunLock::RunLock(const RunFolder& folder) {
  const std::string path = folder.lock();
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor_ < 0) {
    fail_usage(
        "--out: {} cannot be written: {}; choose another folder", path, std::strerror(errno));
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    ::close(descriptor_);
    if (reason == EWOULDBLOCK) {
      std::string holder = read_file(path);
      while (!holder.empty() && holder.back() == '\n') holder.pop_back();
      fail_usage("--out: {} is in use by {}; wait until it ends, or choose another folder",
                 folder.path,
                 holder.empty() ? "another process" : holder);
    }
    descriptor_ = -1;
    warn("{}: cannot be locked ({}), so nothing keeps a second process out of the folder",
         path,
         std::strerror(reason));
    return;
  }
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const std::string holder = fmt::format("process {} on {}\n", ::getpid(), host.data());
  // Only for the message above.
  if (::ftruncate(descriptor_, 0) == 0) {
    (void)!::pwrite(descriptor_, holder.data(), holder.size(), 0);
  }
}

RunLock::~RunLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace zo
