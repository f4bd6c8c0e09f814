#pragma once
#include <string>
#include <utility>
#include <vector>

namespace zo {

/// The scripts that draw by their names and texts, those of experiments/NAME.py when the program was
/// built: plot and report, which run, and what they import.
const std::vector<std::pair<std::string, std::string>>& drawing_scripts();

}  // namespace zo
