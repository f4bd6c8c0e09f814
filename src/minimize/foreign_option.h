#pragma once
#include <string>

#include "src/base/options.h"

namespace zo {

/// Throws Error(Usage) when `option` is not in `table` but some other method than `method` has it:
/// the message, which begins with `origin`, says which. Options that nobody has are left to the
/// table.
void refuse_foreign_option(const std::string& option,
                           const std::string& origin,
                           const OptionTable& table,
                           const std::string& method);

}  // namespace zo
