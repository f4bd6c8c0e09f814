#include <fmt/format.h>

#include "src/base/arguments.h"
#include "src/base/error.h"
#include "src/base/progress.h"
#include "src/cli/data_options.h"
#include "src/cli/verbs.h"
#include "src/fetch/verify.h"

namespace zo {
namespace {

/// The sets named, or every one that is there.
std::vector<const Source*> chosen(const std::vector<std::string>& names,
                                  const std::string& directory) {
  std::vector<const Source*> sets;
  sets.reserve(names.size());
  for (const std::string& name : names) sets.push_back(&find_source(name));
  if (names.empty()) {
    for (const Source& source : sources()) {
      if (is_there(source, directory)) sets.push_back(&source);
    }
  }
  for (const Source* source : sets) {
    if (is_there(*source, directory)) continue;
    fail_usage("--data-dir {}: holds no {}; `zotrain data fetch {} --data-dir {}` gets it",
               directory,
               source->cifar != nullptr ? source->cifar->folder : source->files.front().name,
               source->name,
               directory);
  }
  if (sets.empty()) {
    fail_usage(
        "--data-dir {}: holds none of the known sets; `zotrain data fetch --list` says which",
        directory);
  }
  return sets;
}

}  // namespace

int run_data_verify(const std::vector<std::string>& words) {
  std::string directory = default_data_folder();
  OptionTable table;
  table.begin_group("Verify");
  table.add("data-dir", &directory, "folder that holds the sets (or set ZO_DATA_DIR)");
  const Arguments rest = read_arguments(words, table, "data verify");
  if (rest.help) {
    fmt::print("{}",
               help_text(table,
                         "zotrain data verify [NAME …] [options]",
                         "Checks the data sets of a folder: sizes, labels, examples a class, and "
                         "whether the bytes are the publisher's."));
    return 0;
  }
  for (const Source* source : chosen(rest.positional, directory)) {
    const Verified found = verify(*source, directory);
    for (const Verified::File& file : found.files) {
      fmt::print("{}  {} ({} bytes)\n", file.sha256, file.path, count_text(file.bytes));
    }
    fmt::print("{} is sound: {}\n", source->name, found.summary());
  }
  return 0;
}

}  // namespace zo
