#pragma once
#include <string>
#include <vector>

namespace zo {

/// Draws loss and test accuracy of run folders against queries into the PNG `out`, with
/// experiments/plot.py, which the program carries, under $ZO_PYTHON, the Python environment of the
/// build, or python3 where that is gone. Returns "" or, when that did not work, the reason.
std::string draw_plot(const std::vector<std::string>& runs, const std::string& out);

}  // namespace zo
