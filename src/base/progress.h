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

  /// Columns of a terminal whose last line can be rewritten; 0 elsewhere.
  using Columns = std::function<int()>;

  /// `quiet` drops the status lines and keeps `say`. Clock and columns are parameters for tests.
  Progress(std::FILE* stream, Columns columns, bool quiet, Clock clock);
  /// On stdout, with the steady clock. TERM=dumb, or none, is no terminal.
  explicit Progress(bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// True when a status line would be shown now: spares the caller making it.
  bool due() const;
  /// True when one has been due for a second and more, as while one step or evaluation takes long.
  bool late() const;
  /// Shows `text` as the present status. Its parts are two spaces apart: those that do not fit in the
  /// terminal's present width are left out whole, as half a number is another one.
  void status(const std::string& text);
  /// A line that stays.
  void say(const std::string& text);

 private:
  void put(const std::string& text);
  void clear();

  std::FILE* stream_;
  Columns columns_;
  bool terminal_, quiet_;
  Clock clock_;
  double next_ = 0.0;
  bool shown_ = false;
};

/// "8.2 s", "4 min 10 s", "3 h 05 min", "2 days 4 h".
std::string duration_text(double seconds);
/// 1234567 as "1,234,567".
std::string count_text(std::int64_t count);
/// "1 step", "2,000 steps"; `many` where an s does not do.
std::string counted(std::int64_t count, const std::string& one, const std::string& many = "");

}  // namespace zo
