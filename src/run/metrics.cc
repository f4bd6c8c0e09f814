#include "src/run/metrics.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "src/base/error.h"
#include "src/base/json_nesting.h"

namespace zo {

namespace {

constexpr const char* kWayOut =
    "put it back, or start a new run from the checkpoint's weights.safetensors with --weights";

/// The step that a line is of; −1 where it is damaged.
std::int64_t step_of(const std::string& line) {
  if (json_nests_deeper(line)) return -1;
  const auto event = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!event.is_object()) return -1;
  const auto step = event.find("step");
  if (step == event.end() || !step->is_number()) return -1;
  const auto number = step->get<double>();
  constexpr double kEnd = 0x1p53;
  return number >= 0.0 && number < kEnd ? static_cast<std::int64_t>(number) : -1;
}

/// What a resumed run adds to must be whole, or the log would tell a story that was not.
void check_kept(const std::string& path, std::int64_t keep_bytes, std::int64_t steps) {
  if (keep_bytes == 0 && steps == 0) return;
  std::error_code missing;
  const auto present = static_cast<std::int64_t>(std::filesystem::file_size(path, missing));
  if (missing) fail_usage("{}: {}; {}", path, missing.message(), kWayOut);
  if (present < keep_bytes) {
    fail_usage("{}: has {} bytes, the checkpoint was made when it had {}; {}",
               path,
               present,
               keep_bytes,
               kWayOut);
  }
  std::ifstream file(path, std::ios::binary);
  std::string line;
  std::int64_t read = 0, step = 0;
  for (std::int64_t number = 1; read < keep_bytes && std::getline(file, line); ++number) {
    read += static_cast<std::int64_t>(line.size()) + 1;
    const std::int64_t next = step_of(line);
    if (next < step) fail_usage("{}: line {} is damaged; {}", path, number, kWayOut);
    step = next;
  }
  if (read == keep_bytes && step != steps) {
    fail_usage("{}: the line before byte {} is not of step {}, where the checkpoint was made; {}",
               path,
               keep_bytes,
               steps,
               kWayOut);
  }
  if (read != keep_bytes) {
    fail_usage("{}: no line ends where the checkpoint was made, at byte {}; {}",
               path,
               keep_bytes,
               kWayOut);
  }
}

}  // namespace

MetricsLog::MetricsLog(const std::string& path, std::int64_t keep_bytes, std::int64_t steps)
    : path_(path), bytes_(keep_bytes) {
  check_kept(path, keep_bytes, steps);
  file_.reset(std::fopen(path.c_str(), "ab"));
  if (file_ == nullptr) {
    fail_run("{}: cannot be written: {}; give it rights", path, std::strerror(errno));
  }
  if (ftruncate(fileno(file_.get()), keep_bytes) != 0) {
    fail_run("{}: cannot be cut to {} bytes: {}", path, keep_bytes, std::strerror(errno));
  }
}

void MetricsLog::require_present() const {
  struct stat open = {}, named = {};
  if (fstat(fileno(file_.get()), &open) == 0 && stat(path_.c_str(), &named) == 0 &&
      open.st_ino == named.st_ino && open.st_dev == named.st_dev) {
    return;
  }
  fail_run("{}: was removed, moved or replaced while the run went on; nothing more can be saved",
           path_);
}

void MetricsLog::write(const nlohmann::ordered_json& event) {
  require_present();
  const std::string line = event.dump() + "\n";
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() ||
      std::fflush(file_.get()) != 0) {
    fail_run("{}: cannot be written: {}; make room, and --resume goes on from the last checkpoint",
             path_,
             std::strerror(errno));
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
