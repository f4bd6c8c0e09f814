#pragma once
#include <string>
#include <vector>

namespace zo {

/// Draws loss and test accuracy of run folders against queries into the PNG `out`, with
/// experiments/plot.py under the Python environment of the build. Returns "" or, when that did not
/// work, the reason.
std::string draw_plot(const std::vector<std::string>& runs, const std::string& out);

}  // namespace zo
