#include "src/fetch/fetch.h"

#include <fmt/format.h>

#include "src/base/arguments.h"
#include "src/base/error.h"
#include "src/cli/data_options.h"
#include "src/cli/verbs.h"
#include "src/run/signals.h"

namespace zo {
namespace {

struct FetchCommand {
  FetchOptions options;
  std::string mirror;  // the last one given; options has all
  bool list = false, quiet = false;
};

void describe(OptionTable& table, FetchCommand& command) {
  FetchOptions& options = command.options;
  options.directory = default_data_folder();
  table.begin_group("Fetch");
  table.add("data-dir",
            &options.directory,
            "folder that gets the set; it is made where there is none (or set ZO_DATA_DIR)");
  table.add("list", &command.list, "say where each set comes from, and download nothing");
  table.add("quiet", &command.quiet, "no progress lines");
  auto& mirror =
      table.add("mirror",
                &command.mirror,
                "address of the file, or of its folder with a / at the end, asked before "
                "the publisher's; give it again for the next one");
  mirror.assign = [&options](const std::string& text) { options.mirrors.push_back(text); };
  table.add("sha256",
            &options.sha256,
            "checksum of the file at the mirrors, where it is not the publisher's");
  table.add("timeout",
            &options.download.patience,
            Range::between(1, 3600),
            "seconds that a server may send less than 1,000 bytes a second");
  table.add("retries",
            &options.download.tries,
            Range::between(0, 100),
            "times to ask again after a cut connection");
  table.add("retry-pause",
            &options.download.pause,
            Range::between(0, 60),
            "seconds before the first of them, then twice as long each time, up to a minute");
}

}  // namespace

int run_data_fetch(const std::vector<std::string>& words) {
  FetchCommand command;
  OptionTable table;
  describe(table, command);
  const Arguments rest = read_arguments(words, table, "data fetch");
  if (rest.help) {
    fmt::print(
        "{}",
        help_text(table,
                  "zotrain data fetch NAME [options]",
                  "Downloads a data set from its publisher: goes on where an earlier call ended, "
                  "holds it to its checksum, unpacks it and checks what it holds."));
    return 0;
  }
  if (command.list) {
    fmt::print("{}", list_of_sources());
    return 0;
  }
  if (rest.positional.size() != 1) {
    fail_usage("data fetch: name one set, as in `zotrain data fetch cifar10`; --list says which");
  }
  const Source& source = find_source(rest.positional.front());
  const SignalGuard signals;
  let_writes_fail();
  Progress progress(command.quiet);
  if (fetch(source, command.options, progress)) return 0;
  return 128 + SignalGuard::received();
}

}  // namespace zo
