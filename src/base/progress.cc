#include "src/base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>

namespace zo {
namespace {

constexpr double kTerminalPause = 0.2;  // seconds between two redraws
constexpr double kPlainPause = 5.0;     // and between two lines of a log

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Progress::Progress(std::FILE* stream, bool terminal, bool quiet, Clock clock)
    : stream_(stream), terminal_(terminal), quiet_(quiet), clock_(std::move(clock)) {}

Progress::Progress(bool quiet)
    : Progress(stdout, isatty(STDOUT_FILENO) == 1, quiet, steady_seconds) {}

Progress::~Progress() { clear(); }

bool Progress::due() const { return !quiet_ && clock_() >= next_; }

void Progress::status(const std::string& text) {
  if (!due()) return;
  next_ = clock_() + (terminal_ ? kTerminalPause : kPlainPause);
  put((terminal_ ? "\r\x1b[K" : "") + text + (terminal_ ? "" : "\n"));
  shown_ = terminal_;
}

void Progress::say(const std::string& text) {
  clear();
  put(text + "\n");
}

// A run goes on when nobody listens any more; who lost its output learns that at the end.
void Progress::put(const std::string& text) {
  std::fputs(text.c_str(), stream_);
  std::fflush(stream_);
}

void Progress::clear() {
  if (shown_) std::fputs("\r\x1b[K", stream_);
  shown_ = false;
}

std::string duration_text(double seconds) {
  if (!(seconds < 1e9)) return "unknown";
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  const std::int64_t minutes = whole / 60;
  if (minutes < std::int64_t{48} * 60)
    return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
  return fmt::format("{} days {} h", minutes / 1440, minutes % 1440 / 60);
}

std::string count_text(std::int64_t count) {
  std::string digits = fmt::format("{}", count < 0 ? -count : count);
  for (auto at = static_cast<std::int64_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return (count < 0 ? "-" : "") + digits;
}

}  // namespace zo
