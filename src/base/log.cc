#include "src/base/log.h"

#include <cstdio>

namespace zo {

char shown_byte(const char* text, std::size_t at) noexcept {
  const char c = text[at];
  const bool control = (c >= 0 && c < ' ') || c == 0x7f;
  // In UTF-8 a control of the second set is 0xC2 and 0x80 to 0x9F.
  const bool second = at > 0 && text[at - 1] == '\xc2' && static_cast<unsigned char>(c) < 0xa0;
  return control || second ? '?' : c;
}

std::string shown(const std::string& text) {
  std::string line = text;
  for (std::size_t i = 0; i < text.size(); ++i) line[i] = shown_byte(text.c_str(), i);
  return line;
}

void warn_line(const std::string& text) {
  fmt::print(stderr, "zotrain: warning: {}\n", shown(text));
  std::fflush(stderr);
}

}  // namespace zo
