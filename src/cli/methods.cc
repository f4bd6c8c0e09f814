#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "src/base/arguments.h"
#include "src/base/called.h"
#include "src/base/error.h"
#include "src/cli/verbs.h"
#include "src/methods/registry.h"
#include "src/minimize/method_command.h"

namespace zo {

namespace {

/// Where the method, set up as it is there, looks at more than mean losses; "": nowhere.
std::string where_it_sees_examples(const MethodInfo& info) {
  std::string text;
  for (const auto& [defaults, where] :
       {std::pair{Defaults::Functions, "on functions"}, {Defaults::Networks, "on networks"}}) {
    OptionTable table;
    const MethodCommand method = add_method_options(table, info.name, "methods", defaults);
    const std::string option = method.config->needs_examples();
    if (option.empty()) continue;
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", where, option);
  }
  return text;
}

/// `text` in lines of at most `width` letters, cut between words.
std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines(1);
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width)
      lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + word;
  }
  return lines;
}

/// Names in a column, and what they are beside it.
template <class Infos>
void print_summaries(const Infos& infos) {
  constexpr std::size_t kName = 16, kSummary = 80;
  for (const auto& info : infos) {
    std::string name = info.name;
    for (const auto& line : wrapped(info.summary, kSummary)) {
      fmt::print("{:<{}} {}\n", std::exchange(name, ""), kName, line);
    }
  }
}

void print_list() {
  print_summaries(methods());
  fmt::print("\nfor functions only ({}):\n",
             has_nlopt() ? "NLopt" : "NLopt, which this build does not have: install libnlopt-dev");
  print_summaries(nlopt_infos());
  fmt::print("\n`{} methods NAME` shows formula, options with defaults, and source.\n", called());
}

/// The first lines of a description, of our methods and of NLopt's alike.
template <class Info>
void print_what(const Info& info) {
  fmt::print(
      "{}: {}\n\nformula  {}\nsource   {}\n", info.name, info.summary, info.formula, info.source);
}

/// An option's name, its defaults for functions and for networks, and what it means, in columns.
void print_options(const OptionTable& table) {
  constexpr std::size_t kName = 22, kMeaning = 64;
  const auto line = [kName = kName](const std::string& name,
                                    const std::string& functions,
                                    const std::string& networks,
                                    const std::string& meaning) {
    fmt::print("  {:<{}}  {:<9}  {:<9}  {}\n", name, kName, functions, networks, meaning);
  };
  fmt::print("\n");
  line("option", "functions", "networks", "meaning");
  for (const auto& option : table.options()) {
    std::string name = fmt::format("--{} {}", option.name, placeholder(option));
    if (option.type == OptionTable::Type::Switch) name = "--" + option.name;
    std::string functions = option.default_text.empty() ? "none" : option.default_text;
    std::string networks = option.network_text.empty() ? functions : option.network_text;
    if (name.size() > kName) fmt::print("  {}\n", std::exchange(name, ""));
    for (const auto& part : wrapped(meaning(option), kMeaning)) {
      line(
          std::exchange(name, ""), std::exchange(functions, ""), std::exchange(networks, ""), part);
    }
  }
  const bool switches = std::any_of(
      table.options().begin(), table.options().end(), [](const OptionTable::Option& option) {
        return option.type == OptionTable::Type::Switch;
      });
  if (switches) {
    fmt::print("\nA switch, true or false here, is --NAME or --no-NAME on a command line.\n");
  }
}

void describe_nlopt(const NloptInfo& info) {
  OptionTable table;
  add_method_options(table, info.name, "methods", Defaults::Functions);
  print_what(info);
  fmt::print(
      "{}",
      help_text(table, "zotrain minimize --problem NAME --method " + info.name + " [options]", ""));
}

}  // namespace

int run_methods(const std::vector<std::string>& words) {
  OptionTable none;
  const Arguments rest = read_arguments(words, none, "methods");
  if (rest.help) {
    fmt::print("{}",
               help_text(none, "zotrain methods [NAME]", "Lists the methods, or describes one."));
    return 0;
  }
  if (rest.positional.empty()) {
    print_list();
    return 0;
  }
  if (rest.positional.size() > 1)
    fail_usage("methods: takes one name, got {}", rest.positional.size());
  for (const NloptInfo& info : nlopt_infos()) {
    if (info.name != rest.positional[0]) continue;
    describe_nlopt(info);
    return 0;
  }
  const std::string verb = "methods";
  const auto& others = nlopt_methods();
  const MethodInfo& info = find_method(rest.positional[0], verb, others);
  OptionTable table;
  const MethodCommand method = add_method_options(table, info.name, "methods", Defaults::Functions);
  print_what(info);
  const std::string examples = where_it_sees_examples(info);
  if (info.fixed_lengths) {
    fmt::print(
        "lengths  on functions found by short trials, unless --lr or --max-steps is given\n");
  }
  if (!examples.empty()) fmt::print("sees     the losses of single examples {}\n", examples);
  print_options(table);
  return 0;
}

}  // namespace zo
