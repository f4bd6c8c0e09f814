#include "src/run/plot.h"

#include <fmt/format.h>

#include <filesystem>

#include "src/base/arguments.h"
#include "src/base/atomic_file.h"
#include "src/base/error.h"
#include "src/cli/verbs.h"

namespace zo {

int run_plot(const std::vector<std::string>& words) {
  std::string out;
  PlotAxis axis = PlotAxis::Queries;
  OptionTable table;
  table.begin_group("Plot");
  table.add(
      "out", &out, "the PNG (default: plot.png in the run folder, or in this folder for several)");
  table.add("x",
            &axis,
            plot_axis_names(),
            "what losses are drawn against: queries, wall-clock time, or forward passes computed");
  const Arguments rest = read_arguments(words, table);
  if (rest.help) {
    fmt::print("{}",
               help_text(table,
                         "zotrain plot RUN... [options]",
                         "Draws loss and test accuracy of runs against queries or time."));
    return 0;
  }
  if (rest.positional.empty()) fail_usage("plot: needs at least one run folder");
  for (const auto& run : rest.positional) {
    if (!std::filesystem::is_regular_file(std::filesystem::path(run) / "metrics.jsonl")) {
      fail_usage("plot: {} holds no metrics.jsonl; name the folder of a run", run);
    }
  }
  if (out.empty())
    out = rest.positional.size() == 1 ? rest.positional[0] + "/plot.png" : "plot.png";
  // The new picture takes the place of what is there, and of a device or a pipe it must not.
  if (std::filesystem::exists(out)) require_regular_file(out);
  const std::string problem = draw_plot(rest.positional, out, axis);
  if (!problem.empty()) fail_run("plot: {}; `zotrain setup` makes the Python environment", problem);
  fmt::print("{}\n", out);
  return 0;
}

}  // namespace zo
