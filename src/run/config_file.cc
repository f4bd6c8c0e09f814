#include "src/run/config_file.h"

#include <algorithm>
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

// A run's config.toml has some 5,000 bytes. toml++ takes a level of the stack for every dot of a
// key, so 400,000 bytes would exhaust it.
constexpr std::size_t kLargest = 65536;

/// Where the first character beyond ASCII stands that TOML has no place for: outside of quotes and
/// comments, or behind a backslash. What toml++ 3.3 does with those is undefined. npos: nowhere.
std::size_t misplaced_character(std::string_view text) {
  const auto beyond_ascii = [&](std::size_t at) {
    return at < text.size() && static_cast<unsigned char>(text[at]) >= 0x80;
  };
  std::string quote;                             // what closes the text that is open
  char before = '\n';                            // the last character that is no blank
  const std::string_view mark = "\xef\xbb\xbf";  // of UTF-8, at the start of a file
  for (std::size_t i = text.starts_with(mark) ? mark.size() : 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote.empty()) {
      if (beyond_ascii(i)) return i;
      if (c == '#') i = std::min(text.find('\n', i), text.size());
      // Elsewhere, as in 1979-05-27T07':32, a quote opens no text.
      const bool opens = (c == '"' || c == '\'') &&
                         std::string_view("\n=,[{.").find(before) != std::string_view::npos;
      if (c != ' ' && c != '\t') before = c == '#' ? '\n' : c;
      if (!opens) continue;
      quote.assign(text.substr(i).starts_with(std::string(3, c)) ? 3 : 1, c);
      i += quote.size() - 1;
    } else if (c == '\\' && quote[0] == '"') {
      if (beyond_ascii(++i)) return i;
    } else if (text.substr(i).starts_with(quote)) {
      // A text in three quotes may end with two more of its own.
      i = std::min(text.find_first_not_of(c, i), i + (quote.size() == 3 ? 5 : 1)) - 1;
      quote.clear();
    } else if (c == '\n' && quote.size() == 1) {
      quote.clear();  // never closed, which the parser says
    }
  }
  return std::string_view::npos;
}

std::string value_text(const toml::node& node, const std::string& where) {
  if (const auto* text = node.as_string()) return text->get();
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
  if (const auto at = misplaced_character(text); at != std::string_view::npos) {
    fail_usage("{}: line {}: a character beyond ASCII outside of quotes; put texts in quotes",
               path,
               1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  }
  toml::table root;
  try {
    root = toml::parse(text, path);
  } catch (const BrokenToml&) {
    fail_usage("{}: is no TOML; correct its lists and brackets", path);
  } catch (const toml::parse_error& error) {
    fail_usage("{}: line {}: {}", path, error.source().begin.line, error.description());
  }
  std::vector<std::pair<toml::source_region, Setting>> found;
  for (const auto& [key, node] : root) {
    const std::string name{key.str()};
    if (name == "versions" && node.is_table()) continue;
    const std::string where = path + ": " + name;
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
