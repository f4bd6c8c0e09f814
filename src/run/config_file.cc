#include "src/run/config_file.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>
#include <string_view>

#include "src/base/atomic_file.h"
#include "src/base/error.h"

namespace zo {

/// What toml++ asserts does not hold.
struct BrokenToml {};

[[noreturn]] static void break_toml() { throw BrokenToml(); }

}  // namespace zo

// toml++ 3.3 asserts what files can break (`a = [1,}`), and a release build would go on as if it held.
// So this file, the only one that includes it, checks in every build.
#undef NDEBUG
#define TOML_ASSERT(holds) ((holds) ? static_cast<void>(0) : zo::break_toml())
#include <toml++/toml.h>

namespace zo {
namespace {

// A run's config.toml has some 5,000 bytes and a hundred dots. toml++ takes a level of the stack for
// every dot of a key, so 400,000 would exhaust it, and 20,000 one of 8 MB in a build with sanitizers.
constexpr std::size_t kLargest = 65536;
constexpr std::ptrdiff_t kMostDots = 4000;

/// How many bytes the UTF-8 character at the start of `text` has; 0: these bytes are none
/// (Unicode 15, table 3-7: no longer form than needed, no surrogate, none beyond U+10FFFF).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  const unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < least || byte(1) > most) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

// toml++ 3.3 takes undefined steps on some characters beyond ASCII outside of quotes, or behind a
// backslash. So it sees none: they are parsed as %XX, as % itself is, and its texts are decoded.
std::string ascii_form(std::string_view text, const std::string& path) {
  std::string form;
  const auto refuse = [&](std::size_t at, std::string_view why) {
    fail_usage("{}: line {}: {}", path, 1 + std::count(text.begin(), text.begin() + at, '\n'), why);
  };
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // the mark of UTF-8
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    // Decoded, this % would be taken for one of ours.
    if (rest.starts_with("\\u0025") || rest.starts_with("\\U00000025")) {
      refuse(i, "write % itself in place of its escape");
    }
    const std::size_t length = utf8_length(rest);
    if (length == 0) refuse(i, "is not UTF-8; save the file as UTF-8");
    for (const char c : rest.substr(0, length)) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte >= 0x80 || c == '%') {
        form += fmt::format("%{:02X}", byte);
      } else {
        form += c;
      }
    }
    i += length;
  }
  return form;
}

/// Whether line `number` (from 1) of `text` has a character beyond ASCII.
bool beyond_ascii(std::string_view text, std::size_t number) {
  for (; number > 1 && !text.empty(); --number) {
    text.remove_prefix(std::min(text.size(), text.find('\n') + 1));
  }
  text = text.substr(0, text.find('\n'));
  return std::any_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

/// What `ascii_form` made of a text.
std::string decoded(std::string_view form) {
  std::string text;
  for (std::size_t i = 0; i < form.size(); ++i) {
    unsigned byte = 0;
    const char* digits = form.data() + i + 1;
    if (form[i] == '%' && form.size() - i > 2 &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      text += static_cast<char>(byte);
      i += 2;
    } else {
      text += form[i];
    }
  }
  return text;
}

std::string value_text(const toml::node& node, const std::string& where) {
  if (const auto* text = node.as_string()) return decoded(text->get());
  if (const auto* whole = node.as_integer()) return fmt::format("{}", whole->get());
  if (const auto* real = node.as_floating_point()) return fmt::format("{}", real->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  fail_usage("{}: must be a text, a number, true or false", where);
}

std::string quoted(const std::string& text) {
  std::ostringstream out;
  out << toml::value<std::string>(text);
  return out.str();
}

}  // namespace

std::vector<Setting> read_config(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) {
    fail_usage("--config: {} is not a file", path);
  }
  const std::string text = read_file(path);
  if (text.size() > kLargest) {
    fail_usage("--config: {} has {} bytes, but settings take at most {}; give a file of settings",
               path,
               text.size(),
               kLargest);
  }
  if (const auto dots = std::count(text.begin(), text.end(), '.'); dots > kMostDots) {
    fail_usage("--config: {} has {} dots, but settings take at most {}; give a file of settings",
               path,
               dots,
               kMostDots);
  }
  toml::table root;
  try {
    root = toml::parse(ascii_form(text, path), path);
  } catch (const BrokenToml&) {
    fail_usage("{}: is no TOML; correct its lists and brackets", path);
  } catch (const toml::parse_error& error) {
    const auto line = error.source().begin.line;
    fail_usage(
        "{}: line {}: {}{}",
        path,
        line,
        decoded(error.description()),
        beyond_ascii(text, line) ? "; letters beyond ASCII stand in quotes or comments" : "");
  }
  std::vector<std::pair<toml::source_region, Setting>> found;
  for (const auto& [key, node] : root) {
    const std::string name = decoded(key.str());
    if (name == "versions" && node.is_table()) continue;
    const std::string where = fmt::format("{}: {}", path, name);
    found.push_back({node.source(), {name, value_text(node, where), where}});
  }
  // toml++ sorts keys; messages follow the file.
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return a.first.begin < b.first.begin;
  });
  std::vector<Setting> settings;
  settings.reserve(found.size());
  for (auto& entry : found) settings.push_back(std::move(entry.second));
  return settings;
}

std::string config_text(const OptionTable& table,
                        const std::map<std::string, std::string>& versions) {
  std::string text = "# Every option in force. `zotrain train --config FILE` repeats the run.\n";
  std::string group;
  for (const auto& option : table.options()) {
    if (option.one_call) continue;
    if (option.group != group) text += fmt::format("\n# {}\n", option.group);
    group = option.group;
    const bool bare = option.type == OptionTable::Type::Integer ||
                      option.type == OptionTable::Type::Real ||
                      option.type == OptionTable::Type::Switch;
    text += fmt::format("{} = {}\n", option.name, bare ? option.text() : quoted(option.text()));
  }
  text += "\n[versions]\n";
  for (const auto& [name, version] : versions)
    text += fmt::format("{} = {}\n", name, quoted(version));
  return text;
}

}  // namespace zo
