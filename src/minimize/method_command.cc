#include "src/minimize/method_command.h"

#include <fmt/ranges.h>

#include "src/base/error.h"

namespace zo {
namespace {

/// Throws Error(Usage) when `option` is not in `table` but another method has it. What nobody has
/// is left to the table.
void refuse_foreign_option(const std::string& option,
                           const std::string& origin,
                           const OptionTable& table,
                           const std::string& method) {
  if (table.find(option) != nullptr) return;
  std::vector<std::string> owners;
  for (const auto& info : methods()) {
    const auto config = info.config();
    OptionTable theirs;
    config->describe(theirs);
    if (theirs.find(option) != nullptr) owners.push_back(info.name);
  }
  if (owners.empty()) return;
  fail_usage("{}: an option of --method {}, which --method {} does not have; leave it out",
             origin,
             fmt::join(owners, ", "),
             method);
}

}  // namespace

MethodCommand add_method_options(OptionTable& table,
                                 const std::string& name,
                                 const std::string& origin,
                                 Defaults defaults) {
  MethodCommand command;
  command.name = name;
  const std::size_t common = table.options().size();
  table.begin_group("Method " + name);
  if (is_nlopt_method(name)) {
    command.nlopt = std::make_unique<NloptOptions>();
    command.nlopt->describe(table);
  } else {
    command.config = find_method(name, origin).config();
    command.config->describe(table);
  }
  if (defaults == Defaults::Networks) table.use_network_defaults();
  for (std::size_t i = common; i < table.options().size(); ++i) {
    command.options.push_back(table.options()[i].name);
  }
  return command;
}

MethodCommand read_method_command(OptionTable& table,
                                  const std::vector<std::string>& words,
                                  const std::vector<Setting>& settings,
                                  Defaults defaults,
                                  const std::string& verb) {
  // The method decides which options there are, so it is looked for before anything is read.
  Setting method{"method", table.find("method")->text(), "--method"};
  for (const Setting& setting : settings) {
    if (setting.name == "method") method = setting;
  }
  if (const auto flag = peek_option(words, "method")) method = {"method", *flag, "--method"};
  table.set("method", method.text, method.origin);
  MethodCommand command = add_method_options(table, method.text, method.origin, defaults);
  for (const Setting& setting : settings) {
    refuse_foreign_option(setting.name, setting.origin, table, command.name);
    table.set(setting.name, setting.text, setting.origin);
  }
  for (const auto& word : words) {
    if (word.rfind("--", 0) != 0) continue;
    const std::string flag = word.substr(2, word.find('=') - 2);
    refuse_foreign_option(flag, "--" + flag, table, command.name);
  }
  command.rest = read_arguments(words, table, verb);
  return command;
}

}  // namespace zo
