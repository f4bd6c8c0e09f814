#pragma once
#include <string>
#include <vector>

#include "src/base/options.h"

namespace zo {

/// What a plot has on its x axis.
enum class PlotAxis { Queries, Time, ForwardEquivalents };
const Names<PlotAxis>& plot_axis_names();

/// How runs are drawn.
struct PlotLook {
  PlotAxis axis = PlotAxis::Queries;
  std::string names = {};  // of the runs, with commas between; "": method and seed
  bool group = false;      // mean and range of runs that differ in their seed
};

/// Why nothing was drawn.
struct DrawingProblem {
  enum class Cause { Machine, Usage, Python };  // Python: none that works and has what is imported
  std::string reason = {};                      // "" where there is no problem
  Cause cause = Cause::Machine;
};

/// Throws what went wrong as an Error of `verb`, with the way out where it is the Python environment.
void require_drawn(const DrawingProblem& problem, const std::string& verb);

/// Draws loss and test accuracy of run folders into the picture `out`, with experiments/plot.py, which
/// the program carries, under $ZO_PYTHON, the Python environment of the build, or python3 where that
/// is gone. Warns where the runs do not compare.
DrawingProblem draw_plot(const std::vector<std::string>& runs,
                         const std::string& out,
                         const PlotLook& look = {});

/// The same of experiments/report.py, with its `flags`; `written` receives what it wrote, a line a file.
DrawingProblem write_report(const std::vector<std::string>& runs,
                            const std::vector<std::string>& flags,
                            std::string& written);

}  // namespace zo
