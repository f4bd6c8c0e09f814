#include <fmt/format.h>

#include "src/base/error.h"
#include "src/cli/verbs.h"

namespace zo {
namespace {

constexpr const char* kHelp =
    "usage: zotrain data fetch|verify|show [options]\n\n"
    "  fetch NAME     download a data set, check it and unpack it; --list says what there is\n"
    "  verify [NAME]  check the data sets of a folder: sizes, labels, examples a class, checksums\n"
    "  show           write a contact sheet of pictures\n\n"
    "`zotrain data fetch --help` lists the options, and so do the others.\n";

}  // namespace

int run_data(const std::vector<std::string>& words) {
  const std::string verb = words.empty() ? "" : words.front();
  const std::vector<std::string> rest(words.begin() + (words.empty() ? 0 : 1), words.end());
  if (verb == "fetch") return run_data_fetch(rest);
  if (verb == "verify") return run_data_verify(rest);
  if (verb == "show") return run_data_show(rest);
  if (verb == "--help" || verb == "-h") {
    fmt::print("{}", kHelp);
    return 0;
  }
  fail_usage("data: say `zotrain data fetch`, `zotrain data verify` or `zotrain data show`");
}

}  // namespace zo
