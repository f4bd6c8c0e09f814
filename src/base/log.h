#pragma once
#include <fmt/format.h>

#include <string>
#include <utility>

namespace zo {

/// Writes "zotrain: warning: TEXT" as one line to stderr.
void warn_line(const std::string& text);

/// Something the reader should know although the run goes on.
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  warn_line(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace zo
