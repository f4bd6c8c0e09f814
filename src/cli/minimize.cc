#include "src/minimize/minimize.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "src/base/error.h"
#include "src/base/threads.h"
#include "src/cli/attack.h"
#include "src/cli/verbs.h"
#include "src/minimize/method_command.h"
#include "src/minimize/run.h"
#include "src/problems/registry.h"
#include "src/run/signals.h"

namespace zo {
namespace {

/// Everything the verb can be told beside the options of the method.
struct MinimizeOptions {
  ProblemOptions problem;
  std::string method = "zo-sah", targets, gap_targets;
  double target = -std::numeric_limits<double>::infinity();
  std::int64_t max_queries = 10000, max_steps = 0, patience = 0, seed = 1, threads = 1;
  std::int64_t report_every = 0;
  double max_time = 0.0, tolerance = 0.0;
  bool print_point = false, print_path = false;

  void describe(OptionTable& table) {
    problem.attack = make_attack;
    problem.describe(table);
    table.begin_group("Method");
    std::vector<std::string> names = minimize_methods();
    if (!has_nlopt()) {
      names.insert(names.end(), nlopt_methods().begin(), nlopt_methods().end());
    }
    table.add("method", &method, names, "`zotrain methods` describes them");
    table.begin_group("Stop");
    table.add(
        "max-queries", &max_queries, Range::count(), "calls of f, never exceeded; 0 = no limit");
    table.add("max-steps", &max_steps, Range::count(), "steps; 0 = no limit");
    table.add("max-time", &max_time, Range::between(0, 1e9), "seconds; 0 = no limit");
    table.add("target", &target, Range::any(), "stop at a value this low");
    table.add(
        "targets",
        &targets,
        "a,b,...: tell the queries at which each value was reached; stop when all are, unless "
        "--target is given");
    table.add(
        "gap-targets",
        &gap_targets,
        "the same as shares of f(start) - f*, as in 0.1,0.05; f* is known or found beforehand");
    table.add("patience",
              &patience,
              Range::count(),
              "stop after so many queries without a fall of the best value; 0 = never");
    table.add("tolerance", &tolerance, Range::at_least(0), "a smaller fall does not count");
    table.add("report-every",
              &report_every,
              Range::count(),
              "steps between values that only inform, for methods that do not ask at their own "
              "point; 0 = the last point, or every step where a target or --patience waits");
    table.begin_group("Computation");
    table.add("seed", &seed, Range::at_least(0), "of random problems, starts and directions");
    table.add("threads", &threads, Range::between(0, 1024), "0 = all cores");
    table.add("print-point", &print_point, "print where the best value is, as \"x\"");
    table.add(
        "print-path",
        &print_path,
        "print every point whose value became known, as \"path\": [[queries, value, [x]], ...]");
  }
};

/// The command line: the options above and those of the method it names.
struct Command {
  MinimizeOptions options;
  OptionTable table;
  MethodCommand method;

  explicit Command(const std::vector<std::string>& words) {
    options.describe(table);
    method = read_method_command(table, words, {}, Defaults::Functions, "minimize");
  }
};

std::vector<double> numbers(const std::string& flag, const std::string& text) {
  std::vector<double> values;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, ',');) {
    double value = 0.0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size() || !std::isfinite(value)) {
      fail_usage(
          "{} {}: '{}' is not a finite number; give numbers separated by commas", flag, text, word);
    }
    values.push_back(value);
  }
  return values;
}

/// Shares of the initial gap as values of f.
std::vector<double> gap_values(const std::vector<double>& shares,
                               const Problem& problem,
                               double start_value) {
  if (shares.empty()) return {};
  for (const double share : shares) {
    if (share <= 0.0 || share >= 1.0) {
      fail_usage("--gap-targets: {} must be in (0, 1), a share of f(start) - f*", share);
    }
  }
  const auto optimum = problem.optimum();
  if (!optimum) {
    fail_usage("--gap-targets: no least value of this problem is known; give --targets");
  }
  std::vector<double> values;
  values.reserve(shares.size());
  for (const double share : shares) {
    values.push_back(optimum->value + share * (start_value - optimum->value));
  }
  return values;
}

MinimizeSettings settings_of(const Command& command, std::vector<double> targets) {
  const MinimizeOptions& o = command.options;
  MinimizeSettings settings;
  settings.method = o.method;
  for (const auto& name : command.method.options) {
    if (command.table.given(name)) settings.options[name] = command.table.find(name)->text();
  }
  settings.seed = o.seed;
  settings.threads = o.threads == 0 ? available_threads() : o.threads;
  settings.max_calls = o.max_queries;
  settings.max_steps = o.max_steps;
  settings.max_seconds = o.max_time;
  if (command.table.given("target")) settings.target = o.target;
  settings.targets = std::move(targets);
  settings.patience = o.patience;
  settings.tolerance = o.tolerance;
  settings.report_every = o.report_every;
  settings.keep_path = o.print_path;
  settings.should_stop = [] { return SignalGuard::received() != 0; };
  return settings;
}

/// A method that looks at single examples gets them where the problem has any.
MinimizeResult run_on(const Problem& problem,
                      const Command& command,
                      const std::vector<double>& start,
                      std::vector<double> targets) {
  const MinimizeSettings settings = settings_of(command, std::move(targets));
  if (settings.max_calls == 0 && settings.max_steps == 0 && settings.max_seconds == 0.0) {
    fail_usage("no limit is set: give --max-queries, --max-steps or --max-time");
  }
  check_method(command.method, problem.dimension(), settings.max_calls, "--max-queries");
  const auto& config = command.method.config;
  if (config != nullptr && !config->needs_examples().empty() && problem.examples() > 0) {
    const MeanFunction mean{problem.examples(),
                            [&](std::span<const double> x, std::span<double> rows) {
                              problem.example_values(x, rows);
                            }};
    return minimize(mean, start, settings);
  }
  const ValueFunction value = [&](std::span<const double> x) { return problem.value(x); };
  return minimize(value, start, settings);
}

/// The library calls its limits otherwise than the flags.
std::string stop_reason(const MinimizeResult& result) {
  return result.stop_reason == "max-calls" ? "max-queries" : result.stop_reason;
}

/// `text`, a value of the option, as JSON has it.
nlohmann::ordered_json typed(const OptionTable::Option& option, const std::string& text) {
  using Type = OptionTable::Type;
  const bool bare =
      option.type == Type::Integer || option.type == Type::Real || option.type == Type::Switch;
  auto value = bare ? nlohmann::ordered_json::parse(text, nullptr, /*allow_exceptions=*/false)
                    : nlohmann::ordered_json();
  // JSON has no infinity, so that one stays a text.
  return bare && !value.is_discarded() ? value : nlohmann::ordered_json(text);
}

nlohmann::ordered_json report(const Command& command,
                              const Problem& problem,
                              const std::vector<double>& shares,
                              const MinimizeResult& result) {
  nlohmann::ordered_json reached = nlohmann::ordered_json::array();
  const std::size_t plain = result.targets.size() - shares.size();
  for (std::size_t i = 0; i < result.targets.size(); ++i) {
    nlohmann::ordered_json entry = {{"target", result.targets[i].target}, {"queries", nullptr}};
    if (result.targets[i].queries) entry["queries"] = *result.targets[i].queries;
    if (i >= plain) entry["gap"] = shares[i - plain];
    reached.push_back(std::move(entry));
  }
  nlohmann::ordered_json options = nlohmann::ordered_json::object();
  for (const auto& name : command.method.options) {
    const OptionTable::Option& option = *command.table.find(name);
    const auto found = result.found.find(name);
    options[name] = typed(option, found == result.found.end() ? option.text() : found->second.text);
  }
  nlohmann::ordered_json answer = {{"method", command.options.method},
                                   {"problem", problem.name()},
                                   {"dim", problem.dimension()},
                                   {"seed", command.options.seed},
                                   {"start_value", result.start_value},
                                   {"best", result.best},
                                   {"queries", result.queries},
                                   {"queries_report", result.queries_report},
                                   {"steps", result.steps},
                                   {"stop_reason", stop_reason(result)},
                                   {"targets", std::move(reached)},
                                   {"options", std::move(options)}};
  if (command.options.print_point) answer["x"] = result.x;
  if (command.options.print_path) {
    answer["path"] = nlohmann::ordered_json::array();
    for (const PathPoint& point : result.path) {
      answer["path"].push_back({point.queries, point.value, point.x});
    }
  }
  return answer;
}

/// What the library throws, as the exception that `main` knows.
template <class Work>
MinimizeResult told_apart(Work&& work) {
  try {
    return work();
  } catch (const MinimizeError& error) {
    const bool usage = error.kind() == MinimizeError::Kind::Usage;
    throw Error(usage ? Error::Kind::Usage : Error::Kind::Run, error.what());
  }
}

}  // namespace

int run_minimize(const std::vector<std::string>& words) {
  const Command command(words);
  if (command.method.rest.help) {
    fmt::print("{}",
               help_text(command.table,
                         "zotrain minimize --problem NAME [options]",
                         "Minimises a function and prints what was reached, and when, as JSON."));
    return 0;
  }
  refuse_positional(command.method.rest, "minimize");
  const MinimizeOptions& options = command.options;
  const auto seed = static_cast<std::uint64_t>(options.seed);
  std::vector<double> targets = numbers("--targets", options.targets);
  const std::vector<double> shares = numbers("--gap-targets", options.gap_targets);
  const auto problem = make_problem(options.problem, command.table, seed);
  const std::vector<double> start = starting_point(*problem, options.problem.start, seed);
  for (const double value : gap_values(shares, *problem, problem->value(start))) {
    targets.push_back(value);
  }
  const SignalGuard signals;
  const MinimizeResult result =
      told_apart([&] { return run_on(*problem, command, start, std::move(targets)); });
  fmt::print("{}\n", report(command, *problem, shares, result).dump());
  return SignalGuard::received() == 0 ? 0 : 128 + SignalGuard::received();
}

}  // namespace zo
