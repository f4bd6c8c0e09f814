#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/methods/registry.h"

namespace zo::test {

/// Options of a method as they are given, without their dashes.
using Flags = std::vector<std::pair<std::string, std::string>>;

/// The method `name` with these options, which must fit `layout`.
inline std::unique_ptr<Method> make(const std::string& name,
                                    const Flags& flags,
                                    const Layout& layout,
                                    RunPlan plan = {}) {
  const auto config = find_method(name).config();
  OptionTable table;
  config->describe(table);
  for (const auto& [flag, value] : flags) table.set(flag, value, "--" + flag);
  config->check(layout);
  return config->make(layout, plan);
}

}  // namespace zo::test
