#include "src/base/log.h"

#include <cstdio>

namespace zo {

void warn_line(const std::string& text) {
  fmt::print(stderr, "zotrain: warning: {}\n", text);
  std::fflush(stderr);
}

}  // namespace zo
