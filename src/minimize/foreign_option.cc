#include "src/minimize/foreign_option.h"

#include <fmt/ranges.h>

#include <vector>

#include "src/base/error.h"
#include "src/methods/registry.h"

namespace zo {

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

}  // namespace zo
