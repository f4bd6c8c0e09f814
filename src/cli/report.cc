#include <fmt/format.h>

#include <filesystem>

#include "src/base/arguments.h"
#include "src/base/atomic_file.h"
#include "src/cli/run_folders.h"
#include "src/cli/verbs.h"
#include "src/run/drawing.h"

namespace zo {

int run_report(const std::vector<std::string>& words) {
  std::string out = "report.html", names, tensorboard;
  bool csv = false;
  OptionTable table;
  table.begin_group("Report");
  table.add("out", &out, "the page, an .html");
  table.add(
      "names", &names, "of the runs, in order, with commas between (default: method and seed)");
  table.add("csv", &csv, "metrics.csv in each run folder in place of the page")
      .for_this_call_only();
  table.add(
      "tensorboard", &tensorboard, "event files in this folder, one a run, in place of the page");
  const Arguments rest = read_arguments(words, table, "report");
  if (rest.help) {
    fmt::print(
        "{}",
        help_text(
            table,
            "zotrain report RUN... [options]",
            "Writes one HTML page about runs, which needs nothing but itself: curves, a table, the "
            "options that they\ndiffer in, queries and cost by parameter. Or their figures for "
            "other "
            "programs."));
    return 0;
  }
  require_runs(rest.positional, "report");
  std::vector<std::string> flags;
  if (!names.empty()) flags.push_back("--names=" + names);
  if (csv) flags.emplace_back("--csv");
  if (!tensorboard.empty()) flags.push_back("--tensorboard=" + tensorboard);
  const bool page = !csv && tensorboard.empty();
  if (page && std::filesystem::exists(out)) require_regular_file(out);
  // Beside CSV or event files it is refused where it was given.
  if (page || table.given("out")) flags.push_back("--out=" + out);
  std::string written;
  require_drawn(write_report(rest.positional, flags, written), "report");
  fmt::print("{}", written);
  return 0;
}

}  // namespace zo
