#include "src/run/drawing.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "src/base/error.h"
#include "src/base/log.h"
#include "src/run/drawing_scripts.h"

namespace zo {
namespace {

/// Runs a program to its end without a shell; returns its exit status (127: could not be started)
/// and keeps what it wrote.
int run_program(const std::vector<std::string>& words, std::string& output, std::string& errors) {
  // What it prints goes to a file of no name, so that only one pipe has to be read.
  const int printed = memfd_create("output", MFD_CLOEXEC);
  std::array<int, 2> pipe_ends{};
  if (printed < 0 || pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
    if (printed >= 0) close(printed);
    return 127;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, printed, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDERR_FILENO);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_ends[1]);
  const auto read_all = [](int from, std::string& text) {
    std::array<char, 4096> block{};
    for (ssize_t n = 0; (n = read(from, block.data(), block.size())) > 0;) {
      text.append(block.data(), static_cast<std::size_t>(n));
    }
    close(from);
  };
  read_all(pipe_ends[0], errors);
  int status = 0;
  if (failed == 0) waitpid(child, &status, 0);
  lseek(printed, 0, SEEK_SET);
  read_all(printed, output);
  if (failed != 0) return 127;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/// The last line tells the reason of a Python error; those above only where.
std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

/// `text` as Python writes it.
std::string quoted(const std::string& text) {
  std::string literal = "'";
  for (const char c : text) {
    if (c == '\n') {
      literal += "\\n";
      continue;
    }
    if (c == '\\' || c == '\'') literal += '\\';
    literal += c;
  }
  return literal + "'";
}

/// A program of the script `name` and of those that it may import: one that it does not import is not run.
std::string program_of(const std::string& name) {
  std::string texts;
  for (const auto& [module, text] : drawing_scripts()) {
    texts += fmt::format("'{}': {}, ", module, quoted(text));
  }
  return fmt::format(
      // Not the folder the user is in, whose json.py would be run for Python's.
      "import sys\n"
      "sys.path[:] = [place for place in sys.path if place]\n"
      "import importlib.abc, importlib.util\n"
      "texts = {{{}}}\n"
      "class Carried(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):\n"
      "  def find_spec(self, name, path, target=None):\n"
      "    return importlib.util.spec_from_loader(name, self) if name in texts else None\n"
      "  def get_source(self, name):\n"
      "    return texts[name]\n"
      "sys.meta_path.insert(0, Carried())\n"
      "exec(compile(texts['{}'], 'zotrain', 'exec'), {{'__name__': '__main__'}})\n",
      texts,
      name);
}

/// What script.py says of the end of a script; whatever else ends one is the Python environment.
DrawingProblem problem_of(const std::string& python, int status, const std::string& errors) {
  using Cause = DrawingProblem::Cause;
  const std::string mark = "error: ", last = last_line(errors);
  if (last.starts_with(mark)) {
    return {last.substr(mark.size()), status == 2 ? Cause::Usage : Cause::Machine};
  }
  if (status == 127) return {python + " cannot be started", Cause::Python};
  if (last.empty()) return {fmt::format("{} ended with status {}", python, status), Cause::Python};
  // Of "ModuleNotFoundError: No module named 'matplotlib'" what it says.
  const auto colon = last.find("Error: ");
  return {python + ": " + last.substr(colon == std::string::npos ? 0 : colon + 7), Cause::Python};
}

/// Runs one of the scripts; what it said in `output`.
DrawingProblem run_script(const std::string& name,
                          const std::vector<std::string>& words,
                          std::string& output) {
  const char* chosen = std::getenv("ZO_PYTHON");
  std::string python = chosen != nullptr ? chosen : ZO_DRAWING_PYTHON;
  if (!std::filesystem::exists(python)) {
    if (chosen != nullptr) return {python + " is missing", DrawingProblem::Cause::Python};
    python = "python3";  // the program was moved away from the environment of its build
  }
  std::vector<std::string> all{python, "-c", program_of(name)};
  all.insert(all.end(), words.begin(), words.end());
  std::string errors;
  const int status = run_program(all, output, errors);
  if (status != 0) return problem_of(python, status, errors);
  const std::string mark = "warning: ";
  std::istringstream lines(errors);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(mark)) warn_line(line.substr(mark.size()));
  }
  return {};
}

}  // namespace

void require_drawn(const DrawingProblem& problem, const std::string& verb) {
  if (problem.reason.empty()) return;
  switch (problem.cause) {
    case DrawingProblem::Cause::Usage:
      fail_usage("{}", problem.reason);
    case DrawingProblem::Cause::Machine:
      fail_run("{}", problem.reason);
    case DrawingProblem::Cause::Python:
      fail_run(
          "{}: {}; `./zotrain setup`, typed in the checkout, makes a Python that has what it "
          "needs; "
          "ZO_PYTHON=FILE names another",
          verb,
          problem.reason);
  }
}

const Names<PlotAxis>& plot_axis_names() {
  static const Names<PlotAxis> names = {{PlotAxis::Queries, "queries"},
                                        {PlotAxis::Time, "time"},
                                        {PlotAxis::ForwardEquivalents, "forward-equivalents"}};
  return names;
}

DrawingProblem draw_plot(const std::vector<std::string>& runs,
                         const std::string& out,
                         const PlotLook& look) {
  std::vector<std::string> words{"--x=" + name_of(look.axis, plot_axis_names()), "--out=" + out};
  if (!look.names.empty()) words.push_back("--names=" + look.names);
  if (look.group) words.emplace_back("--group");
  words.emplace_back("--");
  words.insert(words.end(), runs.begin(), runs.end());
  std::string none;
  return run_script("plot", words, none);
}

DrawingProblem write_report(const std::vector<std::string>& runs,
                            const std::vector<std::string>& flags,
                            std::string& written) {
  std::vector<std::string> words = flags;
  words.emplace_back("--");
  words.insert(words.end(), runs.begin(), runs.end());
  return run_script("report", words, written);
}

}  // namespace zo
