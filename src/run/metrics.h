#pragma once
#include <cstdint>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace zo {

/// metrics.jsonl: one JSON object a line, in the order of events. Doubles are written with as many
/// digits as it takes to read the same value back; NaN and infinities, which JSON lacks, become
/// null.
class MetricsLog {
 public:
  /// Opens `path` for appending after cutting it to `keep_bytes`, the length that a checkpoint
  /// stored (0 for a new run), and whose last event belongs to step number `steps`. Throws Error(Run); Error(Usage) when the file is missing or shorter than
  /// that, or a line within is none.
  MetricsLog(const std::string& path, std::int64_t keep_bytes, std::int64_t steps = 0);
  /// Writes one line and hands it to the system. Throws Error(Run), e.g. for a full disk, and when the
  /// file is not there any more.
  void write(const nlohmann::ordered_json& event);
  /// Length of the file so far; everything up to there is on disk when this returns.
  std::int64_t synced_bytes();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void require_present() const;

  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::int64_t bytes_ = 0;
};

}  // namespace zo
