#include "src/run/metrics.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "src/base/error.h"

namespace zo {

MetricsLog::MetricsLog(const std::string& path, std::int64_t keep_bytes)
    : path_(path), file_(std::fopen(path.c_str(), "ab")), bytes_(keep_bytes) {
  if (file_ == nullptr) fail_run("{}: cannot be written: {}", path, std::strerror(errno));
  const auto present = static_cast<std::int64_t>(std::filesystem::file_size(path));
  if (present < keep_bytes) {
    fail_usage(
        "{}: has {} bytes, the checkpoint was made when it had {}; it was cut by someone else",
        path,
        present,
        keep_bytes);
  }
  if (ftruncate(fileno(file_.get()), keep_bytes) != 0) {
    fail_run("{}: cannot be cut to {} bytes: {}", path, keep_bytes, std::strerror(errno));
  }
}

void MetricsLog::write(const nlohmann::ordered_json& event) {
  const std::string line = event.dump() + "\n";
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() ||
      std::fflush(file_.get()) != 0) {
    fail_run("{}: cannot be written: {}", path_, std::strerror(errno));
  }
  bytes_ += static_cast<std::int64_t>(line.size());
}

std::int64_t MetricsLog::synced_bytes() {
  if (fsync(fileno(file_.get())) != 0) {
    fail_run("{}: cannot be synced to disk: {}", path_, std::strerror(errno));
  }
  return bytes_;
}

}  // namespace zo
