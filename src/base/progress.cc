#include "src/base/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "src/base/log.h"

namespace zo {
namespace {

constexpr double kTerminalPause = 0.2;  // seconds between two redraws
constexpr double kPlainPause = 5.0;     // and between two lines of a log
constexpr double kLate = 1.0;           // seconds after which one is missed

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int terminal_columns() {
  const char* kind = std::getenv("TERM");
  if (isatty(STDOUT_FILENO) != 1 || kind == nullptr || std::strcmp(kind, "dumb") == 0) return 0;
  winsize size{};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

/// The parts of `text`, two spaces apart, that fit in `width` letters; of the first one at least so many.
std::string fitting(const std::string& text, std::size_t width) {
  if (text.size() <= width) return text;
  const std::size_t end = text.rfind("  ", width);
  return text.substr(0, end == std::string::npos ? width : end);
}

}  // namespace

Progress::Progress(std::FILE* stream, Columns columns, bool quiet, Clock clock)
    : stream_(stream),
      columns_(std::move(columns)),
      terminal_(columns_() > 0),
      quiet_(quiet),
      clock_(std::move(clock)),
      next_(clock_()) {}

Progress::Progress(bool quiet) : Progress(stdout, terminal_columns, quiet, steady_seconds) {}

Progress::~Progress() { clear(); }

bool Progress::due() const { return !quiet_ && clock_() >= next_; }

bool Progress::late() const { return !quiet_ && clock_() >= next_ + kLate; }

void Progress::status(const std::string& text) {
  if (!due()) return;
  next_ = clock_() + (terminal_ ? kTerminalPause : kPlainPause);
  if (terminal_) {
    // A letter in the last column would make some terminals begin a new line.
    put("\r\x1b[K" + fitting(text, static_cast<std::size_t>(std::max(columns_(), 2) - 1)));
  } else {
    put(text + "\n");
  }
  shown_ = terminal_;
}

void Progress::say(const std::string& text) {
  clear();
  put(shown(text) + "\n");
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

std::string counted(std::int64_t count, const std::string& one, const std::string& many) {
  return count_text(count) + " " + (count == 1 ? one : many.empty() ? one + "s" : many);
}

}  // namespace zo
