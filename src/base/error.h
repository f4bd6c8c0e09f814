#pragma once
#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace zo {

/// The one exception of the project. Thrown by libraries, caught only in `main`, which prints
/// `zotrain: MESSAGE` as one line on stderr and leaves with `exit_code()`.
/// A message names the flag, key or file, its value, the constraint and the way out.
class Error : public std::runtime_error {
 public:
  enum class Kind { Run = 1, Usage = 2 };
  Error(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  /// 1: the run failed; 2: wrong usage or unusable input, found before the first step.
  int exit_code() const { return static_cast<int>(kind_); }

 private:
  Kind kind_;
};

/// Throws Error(Usage) with a formatted message (exit code 2).
template <class... Args>
[[noreturn]] void fail_usage(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(Error::Kind::Usage, fmt::format(format, std::forward<Args>(args)...));
}

/// Throws Error(Run) with a formatted message (exit code 1).
template <class... Args>
[[noreturn]] void fail_run(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(Error::Kind::Run, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace zo
