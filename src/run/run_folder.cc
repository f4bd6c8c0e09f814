#include "src/run/run_folder.h"

#include <ctime>
#include <filesystem>

#include "src/base/error.h"

namespace zo {
namespace fs = std::filesystem;

std::string default_run_folder(const std::string& model, const std::string& method) {
  const std::time_t now = std::time(nullptr);
  std::tm local = {};
  localtime_r(&now, &local);
  char date[32];
  std::strftime(date, sizeof date, "%Y%m%d-%H%M%S", &local);
  const std::string name = fmt::format("runs/{}-{}-{}", date, model, method);
  std::string free = name;
  for (int number = 2; fs::exists(free); ++number) free = fmt::format("{}-{}", name, number);
  return free;
}

void check_run_folder(const RunFolder& folder, bool overwrite) {
  std::error_code none;
  if (!fs::exists(folder.path, none)) return;
  if (!fs::is_directory(folder.path, none)) {
    fail_usage("--out: {} is a file; name a folder", folder.path);
  }
  if (overwrite || fs::is_empty(folder.path, none)) return;
  fail_usage(
      "--out: {} is not empty; choose another folder, go on with --resume or replace with "
      "--overwrite",
      folder.path);
}

void create_run_folder(const RunFolder& folder) {
  try {
    fs::create_directories(folder.path);
    // Only what a run writes: --overwrite on the wrong folder must not cost anyone his files.
    for (const auto& path : {folder.config(),
                             folder.metrics(),
                             folder.summary(),
                             folder.checkpoints(),
                             folder.plot()}) {
      fs::remove_all(path);
    }
    fs::create_directories(folder.checkpoints());
  } catch (const fs::filesystem_error& error) {
    fail_usage("--out: {} cannot be made: {}", folder.path, error.code().message());
  }
}

}  // namespace zo
