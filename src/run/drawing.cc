#include "src/run/plot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "src/run/plot_script.h"

namespace zo {
namespace {

/// Runs a program to its end without a shell; returns its exit status (127: could not be started)
/// and keeps what it wrote to stderr.
int run_program(const std::vector<std::string>& words, std::string& errors) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return 127;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDERR_FILENO);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_ends[1]);
  int status = 0;
  if (failed == 0) {
    std::array<char, 4096> block{};
    for (ssize_t n = 0; (n = read(pipe_ends[0], block.data(), block.size())) > 0;) {
      errors.append(block.data(), static_cast<std::size_t>(n));
    }
    waitpid(child, &status, 0);
  }
  close(pipe_ends[0]);
  if (failed != 0) return 127;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/// The last line tells the reason of a Python error; those above only where.
std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

const Names<PlotAxis>& plot_axis_names() {
  static const Names<PlotAxis> names = {{PlotAxis::Queries, "queries"},
                                        {PlotAxis::Time, "time"},
                                        {PlotAxis::ForwardEquivalents, "forward-equivalents"}};
  return names;
}

std::string draw_plot(const std::vector<std::string>& runs, const std::string& out, PlotAxis axis) {
  const char* chosen = std::getenv("ZO_PYTHON");
  std::string python = chosen != nullptr ? chosen : ZO_PLOT_PYTHON;
  if (!std::filesystem::exists(python)) {
    if (chosen != nullptr) return python + " is missing";
    python = "python3";  // the program was moved away from the environment of its build
  }
  std::vector<std::string> words{
      python, "-c", plot_script(), "--x", name_of(axis, plot_axis_names()), "--out", out};
  words.insert(words.end(), runs.begin(), runs.end());
  std::string errors;
  const int status = run_program(words, errors);
  if (status == 0) return "";
  return errors.empty() ? fmt::format("{} ended with status {}", python, status)
                        : last_line(errors);
}

}  // namespace zo
