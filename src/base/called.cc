#include "src/base/called.h"

namespace zo {
namespace {

std::string& name() {
  static std::string text = "zotrain";
  return text;
}

}  // namespace

const std::string& called() { return name(); }

void set_called(const std::string& text) { name() = shell_word(text); }

std::string as_called(std::string message) {
  const std::string written = "`zotrain ";
  for (auto at = message.find(written); at != std::string::npos;
       at = message.find(written, at + 1)) {
    message.replace(at + 1, written.size() - 2, called());
  }
  return message;
}

std::string shell_word(const std::string& text) {
  constexpr const char* kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

}  // namespace zo
