#include "src/run/config_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "src/base/error.h"

namespace zo {
namespace {

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
  toml::table root;
  try {
    root = toml::parse_file(path);
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
