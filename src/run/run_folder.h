#pragma once
#include <string>

namespace zo {

/// The files of one run.
struct RunFolder {
  std::string path;
  std::string config() const { return path + "/config.toml"; }
  std::string metrics() const { return path + "/metrics.jsonl"; }
  std::string summary() const { return path + "/summary.json"; }
  std::string checkpoints() const { return path + "/checkpoints"; }
  std::string plot() const { return path + "/plot.png"; }
  std::string lock() const { return path + "/lock"; }
};

/// "runs/DATE-MODEL-METHOD" (with a number behind it where that exists). `make`: is made here, so that runs
/// that begin in the same second have one each.
std::string default_run_folder(const std::string& model, const std::string& method, bool make);

/// Refuses, as Error(Usage), a folder that holds anything but a lock, unless `overwrite`, and one that
/// cannot be written; leaves nothing.
void check_run_folder(const RunFolder& folder, bool overwrite);

/// Makes the folder, which stands empty or holds an earlier run. Throws Error(Usage) when it cannot.
void create_run_folder(const RunFolder& folder);

/// Removes the files of an earlier run from it. Throws Error(Usage) when it cannot.
void clear_run_folder(const RunFolder& folder);

}  // namespace zo
