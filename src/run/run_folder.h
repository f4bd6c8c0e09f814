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
};

/// "runs/DATE-MODEL-METHOD" (with a number behind it where that exists).
std::string default_run_folder(const std::string& model, const std::string& method);

/// Refuses, as Error(Usage), a folder that holds anything, unless `overwrite`; writes nothing.
void check_run_folder(const RunFolder& folder, bool overwrite);

/// Makes the folder, and removes the files of an earlier run from it. Throws Error(Usage) when it
/// cannot.
void create_run_folder(const RunFolder& folder);

}  // namespace zo
