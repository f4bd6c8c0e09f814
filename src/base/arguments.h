#pragma once
#include <optional>
#include <string>
#include <vector>

#include "src/base/options.h"

namespace zo {

/// What a command line holds beside the options of its table.
struct Arguments {
  bool help = false;                    // --help or -h was given
  std::vector<std::string> positional;  // words that belong to no option, in order
};

/// Reads the words behind `verb` ("train", "data show") into `table`: --name VALUE, --name=VALUE, a switch
/// alone, --no-SWITCH. The last of several values of one option holds, and a warning says so.
/// Throws Error(Usage) for an unknown option (with the nearest known one), a missing value, and
/// whatever OptionTable::set refuses.
Arguments read_arguments(const std::vector<std::string>& words,
                         OptionTable& table,
                         const std::string& verb);

/// The last value given to --name in `words`, without a table: for the few options that decide
/// which others exist.
std::optional<std::string> peek_option(const std::vector<std::string>& words,
                                       const std::string& name);

/// What stands for an option's value in its help: "N", "X", "TEXT", or the choices there are.
std::string placeholder(const OptionTable::Option& option);
/// What an option means and, of a number, its range.
std::string meaning(const OptionTable::Option& option);

/// The text of --help: usage line, what the verb does, then every option by group with its range
/// and default; every name behind two dashes.
std::string help_text(const OptionTable& table, const std::string& usage, const std::string& about);

/// Throws Error(Usage) when there are words that belong to no option.
void refuse_positional(const Arguments& arguments, const std::string& verb);

}  // namespace zo
