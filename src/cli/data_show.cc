#include <fmt/format.h>

#include "data/contact_sheet.h"
#include "data/load.h"
#include "src/base/arguments.h"
#include "src/cli/data_options.h"
#include "src/cli/verbs.h"

namespace zo {

int run_data_show(const std::vector<std::string>& words) {
  std::string out, split = "train";
  std::int64_t columns = 10;
  DataOptions data;
  OptionTable table;
  data.describe(table);
  table.begin_group("Show");
  table.add("out", &out, "the PNG to write (default: NAME-SPLIT.png)");
  table.add("split", &split, {"train", "test"}, "which pictures");
  table.add("columns", &columns, Range::between(1, 100), "pictures a class");
  const Arguments rest = read_arguments(words, table, "data show");
  if (rest.help) {
    fmt::print(
        "{}",
        help_text(table,
                  "zotrain data show [options]",
                  "Writes a contact sheet: the first pictures of every class, one row a class."));
    return 0;
  }
  refuse_positional(rest, "data show");
  const DataSplits splits = load_data(data.name, data.folder);
  const Dataset& chosen = split == "train" ? splits.train : splits.test;
  if (out.empty()) out = fmt::format("{}-{}.png", chosen.name, split);
  write_contact_sheet(chosen, static_cast<int>(columns), out);
  fmt::print("{}\n", out);
  return 0;
}

}  // namespace zo
