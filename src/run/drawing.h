#pragma once
#include <string>
#include <vector>

#include "src/base/options.h"

namespace zo {

/// What a plot has on its x axis.
enum class PlotAxis { Queries, Time, ForwardEquivalents };
const Names<PlotAxis>& plot_axis_names();

/// Draws loss and test accuracy of run folders against `axis` into the PNG `out`, with
/// experiments/plot.py, which the program carries, under $ZO_PYTHON, the Python environment of the
/// build, or python3 where that is gone. Returns "" or, when that did not work, the reason.
std::string draw_plot(const std::vector<std::string>& runs,
                      const std::string& out,
                      PlotAxis axis = PlotAxis::Queries);

}  // namespace zo
