#include "src/base/arguments.h"

#include <algorithm>
#include <cmath>
#include <cxxopts.hpp>
#include <map>

#include "src/base/error.h"
#include "src/base/log.h"

namespace zo {
namespace {

std::string description(const OptionTable::Option& option) {
  if (option.type == OptionTable::Type::Switch) {
    if (option.one_call) return fmt::format("{} (default: {})", option.help, option.default_text);
    return fmt::format(
        "{} (default: {}; --no-{} turns it off)", option.help, option.default_text, option.name);
  }
  return meaning(option);
}

cxxopts::Options make_parser(const OptionTable& table,
                             const std::string& usage,
                             const std::string& about) {
  cxxopts::Options parser(usage, about);
  parser.custom_help("").positional_help("").set_width(110).allow_unrecognised_options();
  for (const auto& option : table.options()) {
    if (option.type == OptionTable::Type::Switch) {
      parser.add_options(option.group)(option.name, description(option), cxxopts::value<bool>());
      continue;
    }
    auto value = cxxopts::value<std::string>();
    if (!option.default_text.empty()) value->default_value(option.default_text);
    parser.add_options(option.group)(option.name, description(option), value, placeholder(option));
  }
  parser.add_options("Help")("h,help", "print this text", cxxopts::value<bool>());
  return parser;
}

/// cxxopts leaves what it does not know in one list: options and plain words alike.
void sort_unmatched(const std::vector<std::string>& words,
                    const OptionTable& table,
                    const std::string& verb,
                    Arguments& arguments) {
  for (const auto& word : words) {
    if (word.size() < 2 || word[0] != '-') {
      arguments.positional.push_back(word);
      continue;
    }
    const std::string flag = word.substr(0, word.find('='));
    std::vector<std::string> known{"--help"};
    for (const auto& option : table.options()) {
      known.push_back("--" + option.name);
      if (option.type == OptionTable::Type::Switch) known.push_back("--no-" + option.name);
    }
    const std::string near = nearest(flag, known);
    fail_usage("{}: unknown option; {}",
               flag,
               near.empty() ? fmt::format("`zotrain {} --help` lists them", verb)
                            : "did you mean " + near + "?");
  }
}

/// The switch that `--no-NAME` turns off, or null.
const OptionTable::Option* turned_off(const std::string& word, const OptionTable& table) {
  if (!word.starts_with("--no-") || table.find(word.substr(2)) != nullptr) return nullptr;
  const auto* option = table.find(word.substr(5));
  return option != nullptr && option->type == OptionTable::Type::Switch ? option : nullptr;
}

/// As cxxopts takes them. It knows a name of one letter behind one dash only: --x V and --x=V become
/// -x V; and no way to turn a switch off: --no-scaled becomes --scaled=false.
std::vector<std::string> for_parser(const std::vector<std::string>& words,
                                    const OptionTable& table) {
  std::vector<std::string> result;
  for (const std::string& word : words) {
    if (const auto* option = turned_off(word, table)) {
      result.push_back("--" + option->name + "=false");
      continue;
    }
    const bool one =
        word.size() >= 3 && word.starts_with("--") && table.find(word.substr(2, 1)) != nullptr;
    if (one && word.size() == 3) {
      result.push_back(word.substr(1));
    } else if (one && word[3] == '=') {
      result.insert(result.end(), {word.substr(1, 2), word.substr(4)});
    } else {
      result.push_back(word);
    }
  }
  return result;
}

/// In a help text of cxxopts, which has one dash before a name of one letter; messages and every other
/// option have two. What the option means stays where it is.
void show_two_dashes(std::string& help, const std::string& name) {
  const std::string shown = "\n  -" + name, wanted = "\n      --" + name;
  const auto at = help.find(shown + " ");
  if (at == std::string::npos) return;
  help.replace(at, shown.size(), wanted);
  const auto gap = help.find("   ", at + wanted.size());
  if (gap > help.find('\n', at + 1)) return;  // the meaning is on a line of its own
  const auto room = help.find_first_not_of(' ', gap) - gap - 2;
  help.erase(gap, std::min(room, wanted.size() - shown.size()));
}

}  // namespace

Arguments read_arguments(const std::vector<std::string>& given_words,
                         OptionTable& table,
                         const std::string& verb) {
  const std::vector<std::string> words = for_parser(given_words, table);
  std::vector<const char*> argv{"zotrain"};
  for (const auto& word : words) argv.push_back(word.c_str());
  Arguments arguments;
  std::map<std::string, std::string> values;
  try {
    auto parser = make_parser(table, "zotrain", "");
    const auto result = parser.parse(static_cast<int>(argv.size()), argv.data());
    arguments.help = result.count("help") > 0;
    sort_unmatched(result.unmatched(), table, verb, arguments);
    for (const auto& given : result.arguments()) {
      if (given.key() == "help") continue;
      const std::string flag = "--" + given.key();
      if (given.value().rfind("--", 0) == 0) {
        fail_usage("{}: needs a value, but {} follows", flag, given.value());
      }
      table.set(given.key(), given.value(), flag);
      const auto [before, is_first] = values.try_emplace(given.key(), given.value());
      if (!is_first && before->second != given.value()) {
        warn("{} is given more than once; {}, the last, holds", flag, given.value());
      }
      before->second = given.value();
    }
  } catch (const cxxopts::exceptions::missing_argument&) {
    // Only the last word can miss its value.
    fail_usage("{}: needs a value", given_words.back());
  } catch (const cxxopts::exceptions::exception& error) {
    fail_usage("command line: {}", error.what());
  }
  return arguments;
}

std::optional<std::string> peek_option(const std::vector<std::string>& words,
                                       const std::string& name) {
  const std::string flag = "--" + name;
  std::optional<std::string> value;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == flag && i + 1 < words.size()) value = words[i + 1];
    if (words[i].rfind(flag + "=", 0) == 0) value = words[i].substr(flag.size() + 1);
  }
  return value;
}

std::string placeholder(const OptionTable::Option& option) {
  switch (option.type) {
    case OptionTable::Type::Integer:
      return "N";
    case OptionTable::Type::Real:
      return "X";
    case OptionTable::Type::Choice:
      return fmt::format("{}", fmt::join(option.choices, "|"));
    default:
      return "TEXT";
  }
}

std::string meaning(const OptionTable::Option& option) {
  const bool number =
      option.type == OptionTable::Type::Integer || option.type == OptionTable::Type::Real;
  const bool bounded = std::isfinite(option.range.low) || std::isfinite(option.range.high);
  return option.help + (number && bounded ? " [" + option.range.text() + "]" : "");
}

std::string help_text(const OptionTable& table,
                      const std::string& usage,
                      const std::string& about) {
  std::vector<std::string> groups;
  for (const auto& option : table.options()) {
    if (groups.empty() || groups.back() != option.group) groups.push_back(option.group);
  }
  groups.emplace_back("Help");
  std::string help = make_parser(table, usage, about).help(groups);
  for (const auto& option : table.options()) {
    if (option.name.size() == 1) show_two_dashes(help, option.name);
  }
  return help;
}

void refuse_positional(const Arguments& arguments, const std::string& verb) {
  if (arguments.positional.empty()) return;
  fail_usage("{}: '{}' belongs to no option; `zotrain {} --help` lists them",
             verb,
             arguments.positional.front(),
             verb);
}

}  // namespace zo
