#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "src/base/error.h"

namespace zo {

/// Throws Error(Usage) unless `runs` names at least one folder of a run, and nothing else.
inline void require_runs(const std::vector<std::string>& runs, const std::string& verb) {
  if (runs.empty()) fail_usage("{}: needs at least one run folder", verb);
  for (const auto& run : runs) {
    if (!std::filesystem::is_regular_file(std::filesystem::path(run) / "metrics.jsonl")) {
      fail_usage("{}: {} holds no metrics.jsonl; name the folder of a run", verb, run);
    }
  }
}

}  // namespace zo
