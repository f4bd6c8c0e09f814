#pragma once
#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <utility>

namespace zo {

/// Byte `at` of a text for a terminal. Names in it come from files and command lines of others: a control
/// character, which the terminal would obey, is '?'.
char shown_byte(const char* text, std::size_t at) noexcept;
/// All of `text` so.
std::string shown(const std::string& text);

/// Writes "zotrain: warning: TEXT" as one line to stderr.
void warn_line(const std::string& text);

/// Something the reader should know although the run goes on.
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  warn_line(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace zo
