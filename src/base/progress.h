#pragma once
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>

namespace zo {

/// Tells on one stream how far a run is. On a terminal the status is one line, rewritten in place;
/// elsewhere (a file, a container's log) it is a plain line every few seconds.
class Progress {
 public:
  using Clock = std::function<double()>;  // seconds, monotonic

  /// `quiet` drops the status lines and keeps `say`. The clock is a parameter for tests.
  Progress(std::FILE* stream, bool terminal, bool quiet, Clock clock);
  /// On stdout, with the steady clock.
  explicit Progress(bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// True when a status line would be shown now: spares the caller making it.
  bool due() const;
  /// Shows `text` as the present status.
  void status(const std::string& text);
  /// A line that stays.
  void say(const std::string& text);

 private:
  void put(const std::string& text);
  void clear();

  std::FILE* stream_;
  bool terminal_, quiet_;
  Clock clock_;
  double next_ = 0.0;
  bool shown_ = false;
};

/// "8.2 s", "4 min 10 s", "3 h 05 min", "2 days 4 h".
std::string duration_text(double seconds);
/// 1234567 as "1,234,567".
std::string count_text(std::int64_t count);

}  // namespace zo
