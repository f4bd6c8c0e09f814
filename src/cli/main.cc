#include <fcntl.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "src/base/called.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/base/options.h"
#include "src/cli/verbs.h"
#include "src/methods/registry.h"
#include "src/minimize/nlopt_methods.h"
#include "src/run/version.h"

namespace zo {
namespace {

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = {
      {"train", "train a network", run_train},
      {"eval", "loss and accuracy of a run or a weights file, as JSON", run_eval},
      {"probe", "losses of given perturbations of given weights, as JSON", run_probe},
      {"export", "weights for Python: safetensors or .pt", run_export},
      {"plot", "loss and accuracy of runs against queries or time, a picture", run_plot},
      {"report", "runs as one HTML page, CSV or TensorBoard files", run_report},
      {"data", "get, check or look at a data set: data fetch|verify|show", run_data},
      {"minimize", "the same methods on a plain function, as JSON", run_minimize},
      {"hessian", "error of a Hessian estimator against the exact Hessian, as JSON", run_hessian},
      {"methods", "the methods, or one with formula, options and source", run_methods},
      {"bench", "losses a second by layer, oracle and threads", run_bench},
      {"info", "networks, devices and versions", run_info}};
  return all;
}

void print_help() {
  fmt::print(
      "zotrain trains deep networks by forward passes only (zeroth-order optimisation).\n\n"
      "usage: zotrain VERB [options]\n\n");
  for (const auto& verb : verbs()) fmt::print("  {:<9} {}\n", verb.name, verb.summary);
  fmt::print(
      "\n`{0} train` alone trains ResNet-8 within ten minutes. `{0} VERB --help` lists the "
      "options,\n"
      "`{0} help all` those of every verb and method; `{0} --version` tells the version.\n",
      called());
}

const Verb& find_verb(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& verb : verbs()) {
    if (verb.name == name) return verb;
    names.push_back(verb.name);
  }
  const std::string near = nearest(std::string(name), names);
  fail_usage("{}: unknown verb; {}",
             name,
             near.empty() ? fmt::format("there are {}", fmt::join(names, ", "))
                          : "did you mean " + near + "?");
}

/// Words behind a verb that have a help of their own.
std::vector<std::string> parts_of(const Verb& verb) {
  if (verb.name == "data") return {"fetch", "verify", "show"};
  return {};
}

/// Every text of help behind a line that says what prints it alone.
void print_all_help() {
  const auto show = [](const Verb& verb, const std::vector<std::string>& words) {
    fmt::print("# zotrain {} {}\n", verb.name, fmt::join(words, " "));
    verb.run(words);
  };
  for (const auto& verb : verbs()) {
    show(verb, {"--help"});
    for (const auto& part : parts_of(verb)) show(verb, {part, "--help"});
  }
  const Verb& describe = find_verb("methods");
  for (const auto& method : methods()) show(describe, {method.name});
  for (const auto& method : nlopt_infos()) show(describe, {method.name});
}

int dispatch(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" ||
      (words[0] == "help" && words.size() == 1)) {
    print_help();
    return 0;
  }
  if (words[0] == "--version") {
    const auto versions = build_versions();
    fmt::print("zotrain {}, commit {}\n", versions.at("zotrain"), versions.at("commit"));
    return 0;
  }
  if (words[0] == "help") {
    if (words[1] != "all") return find_verb(words[1]).run({"--help"});
    print_all_help();
    return 0;
  }
  return find_verb(words[0]).run({words.begin() + 1, words.end()});
}

/// One line on stderr, of what is ours whole, while libraries put stack traces behind their first line.
/// What is too long for a reader is cut.
void complain(const char* message, bool ours = false) noexcept {
  constexpr std::size_t kLongest = 2000;  // bytes
  std::array<char, kLongest + 1> line{};
  std::size_t length = 0;
  while (length < kLongest && message[length] != '\0' && (ours || message[length] != '\n')) {
    line[length] = shown_byte(message, length);
    ++length;
  }
  std::fprintf(stderr, "zotrain: %s%s\n", line.data(), length == kLongest ? " ..." : "");
}

/// A file opened later must not become the standard output or error of a caller who closed his.
void fill_standard_streams() noexcept {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // The lowest free number is what open() gives.
    if (fcntl(stream, F_GETFD) < 0) (void)!open("/dev/null", O_RDWR);
  }
}

/// `code`, unless what the program said on stdout is lost.
int told(int code) {
  const bool lost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  if (!lost || code != 0) return code;
  // Who stopped reading, as `| head` does, misses nothing.
  pollfd reader = {STDOUT_FILENO, POLLOUT, 0};
  if (poll(&reader, 1, 0) == 1 && (reader.revents & POLLERR) != 0) return code;
  complain("standard output cannot be written, so what was said is lost; give it room");
  return 1;
}

}  // namespace
}  // namespace zo

int main(int argc, char** argv) {
  zo::fill_standard_streams();
  try {
    if (argc > 0) zo::set_called(argv[0]);
    return zo::told(zo::dispatch({argv + 1, argv + argc}));
  } catch (const zo::Error& error) {
    zo::complain(zo::as_called(error.what()).c_str(), /*ours=*/error.exit_code() == 2);
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    zo::complain("out of memory; try a smaller --batch or fewer --threads");
  } catch (const std::exception& error) {
    zo::complain(error.what());
  }
  return 1;
}
