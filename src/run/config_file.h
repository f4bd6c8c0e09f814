#pragma once
#include <map>
#include <string>
#include <vector>

#include "src/minimize/method_command.h"

namespace zo {

/// Reads a TOML file whose keys are names of flags, in file order. The table [versions], which a
/// run folder's config.toml carries, is skipped. Throws Error(Usage) with file, line and reason.
std::vector<Setting> read_config(const std::string& path);

/// The options of a run as such a file: every option in force but those that belong to one call
/// only, then [versions].
std::string config_text(const OptionTable& table,
                        const std::map<std::string, std::string>& versions);

}  // namespace zo
