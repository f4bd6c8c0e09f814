#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/base/arguments.h"
#include "src/base/options.h"
#include "src/methods/registry.h"
#include "src/minimize/nlopt_methods.h"

namespace zo {

/// Whose defaults a method starts from: its own, meant for functions of few coordinates, or those
/// for networks.
enum class Defaults { Functions, Networks };

/// One option from a file or a program; `origin` is what a message names.
struct Setting {
  std::string name, text, origin;
};

/// A method by its name before it is made, and the words that belong to no option.
struct MethodCommand {
  std::string name;
  std::unique_ptr<MethodConfig> config;  // of a zeroth-order method,
  std::unique_ptr<NloptOptions> nlopt;   // or these of a classical one
  std::vector<std::string> options;      // names of the method's own options
  Arguments rest;
};

/// Adds the options of the method `name` to `table`, which keeps pointing into the result. Throws
/// Error(Usage) that names `origin` for a method that is not there.
MethodCommand add_method_options(OptionTable& table,
                                 const std::string& name,
                                 const std::string& origin,
                                 Defaults defaults);

/// Reads everything that a verb which runs a method is told: `settings` in order, then `words`,
/// which win. `table` holds the verb's own options, "method" among them, and gets those of the
/// method named last; `verb` is whose help an error points to. Throws Error(Usage): an option of another
/// method is refused with the name of that method.
MethodCommand read_method_command(OptionTable& table,
                                  const std::vector<std::string>& words,
                                  const std::vector<Setting>& settings,
                                  Defaults defaults,
                                  const std::string& verb);

}  // namespace zo
