#include "src/run/run_folder.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "src/base/error.h"
#include "src/run/checkpoint.h"

namespace zo {
namespace fs = std::filesystem;

namespace {

/// A lock is left by every run, also by one that was refused afterwards.
bool holds_nothing(const RunFolder& folder) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder.path, none)) {
    if (entry.path() != folder.lock()) return false;
  }
  return true;
}

}  // namespace

std::string default_run_folder(const std::string& model, const std::string& method, bool make) {
  const std::time_t now = std::time(nullptr);
  std::tm local = {};
  localtime_r(&now, &local);
  char date[32];
  std::strftime(date, sizeof date, "%Y%m%d-%H%M%S", &local);
  const std::string name = fmt::format("runs/{}-{}-{}", date, model, method);
  std::string free = name;
  std::error_code none;
  if (make) fs::create_directories("runs", none);
  const auto is_taken = [&] {
    // Of several runs that begin in the same second only one makes it.
    return make ? !fs::create_directory(free, none) && !none : fs::exists(free);
  };
  for (int number = 2; is_taken(); ++number) free = fmt::format("{}-{}", name, number);
  return free;
}

void check_run_folder(const RunFolder& folder, bool overwrite) {
  std::error_code none;
  // The nearest folder that is there is where the first one will be made.
  fs::path there = fs::absolute(folder.path);
  while (!fs::exists(fs::symlink_status(there, none)) && there.has_relative_path()) {
    there = there.parent_path();
  }
  if (!fs::is_directory(there, none)) {
    const bool leads = fs::exists(there, none);
    fail_usage("--out: {} is {}; name a folder",
               there.string(),
               leads ? "a file" : "a link that leads nowhere");
  }
  // Rights alone do not tell: a file system may refuse root.
  std::string attempt = there / ".zotrain-XXXXXX";
  if (mkdtemp(attempt.data()) == nullptr) {
    fail_usage("--out: {} cannot be written: {}; choose another folder",
               there.string(),
               std::strerror(errno));
  }
  rmdir(attempt.c_str());
  if (overwrite || there != fs::absolute(folder.path) || holds_nothing(folder)) return;
  fail_usage(
      "--out: {} is not empty; choose another folder, go on with --resume or replace with "
      "--overwrite",
      folder.path);
}

void create_run_folder(const RunFolder& folder) {
  std::error_code error;
  fs::create_directories(folder.path, error);
  if (error) fail_usage("--out: {} cannot be made: {}", folder.path, error.message());
}

void clear_run_folder(const RunFolder& folder) {
  try {
    // Only what a run writes: --overwrite on the wrong folder must not cost anyone his files.
    for (const auto& path : {folder.config(), folder.metrics(), folder.summary(), folder.plot()}) {
      fs::remove_all(path);
    }
    remove_checkpoints(folder.checkpoints());
    fs::create_directories(folder.checkpoints());
  } catch (const fs::filesystem_error& error) {
    fail_usage("--out: {} cannot be cleared: {}", folder.path, error.code().message());
  }
}

}  // namespace zo
