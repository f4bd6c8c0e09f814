#include <fmt/format.h>

#include <filesystem>

#include "src/base/arguments.h"
#include "src/base/atomic_file.h"
#include "src/cli/run_folders.h"
#include "src/cli/verbs.h"
#include "src/run/drawing.h"

namespace zo {

int run_plot(const std::vector<std::string>& words) {
  std::string out;
  PlotLook look;
  OptionTable table;
  table.begin_group("Plot");
  table.add(
      "out",
      &out,
      "the picture, as its ending says a .png, .pdf or .svg (default: plot.png in the run folder, "
      "or in this folder for several)");
  table.add("x",
            &look.axis,
            plot_axis_names(),
            "what losses are drawn against: queries, wall-clock time, or forward passes computed");
  table.add("names",
            &look.names,
            "of the runs, in order, with commas between (default: method and seed)");
  table.add("group", &look.group, "runs that differ in their seed as one curve: mean and range")
      .for_this_call_only();
  const Arguments rest = read_arguments(words, table, "plot");
  if (rest.help) {
    fmt::print("{}",
               help_text(table,
                         "zotrain plot RUN... [options]",
                         "Draws loss and test accuracy of runs against queries or time."));
    return 0;
  }
  require_runs(rest.positional, "plot");
  if (out.empty())
    out = rest.positional.size() == 1 ? rest.positional[0] + "/plot.png" : "plot.png";
  // The new picture takes the place of what is there, and of a device or a pipe it must not.
  if (std::filesystem::exists(out)) require_regular_file(out);
  require_drawn(draw_plot(rest.positional, out, look), "plot");
  fmt::print("{}\n", out);
  return 0;
}

}  // namespace zo
