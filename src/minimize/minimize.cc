#include "src/minimize/minimize.h"

#include <algorithm>
#include <cmath>

#include "src/base/error.h"
#include "src/kernels/cross_entropy.h"
#include "src/minimize/loop.h"
#include "src/minimize/method_command.h"
#include "src/minimize/traced_oracle.h"

namespace zo {
namespace {

void check(const MinimizeSettings& settings, const std::vector<double>& start, double value) {
  if (start.empty()) fail_usage("start: has no coordinates; give at least one");
  if (settings.max_queries <= 0 && settings.max_steps <= 0 && settings.max_seconds <= 0.0) {
    fail_usage("no limit is set: give max-queries, max-steps or max-time");
  }
  if (settings.threads < 1) fail_usage("threads: {} must be at least 1", settings.threads);
  if (!std::isfinite(value)) {
    fail_usage("start: the function is {} there; choose a start with a finite value", value);
  }
}

/// What the loop does for a minimisation: the trace may stop it, and values inform the reader.
class Reporter final : public LoopObserver {
 public:
  Reporter(TracedOracle& oracle, const MinimizeSettings& settings, const Trace& trace)
      : oracle_(oracle), trace_(trace), every_(settings.report_every) {
    const bool waited_for = settings.target || !settings.targets.empty() || settings.patience > 0;
    if (every_ == 0 && waited_for) every_ = 1;
  }

  std::string reason_to_stop(std::int64_t) override {
    return trace_.stop_reason(oracle_.ledger().queries());
  }
  void before_step(std::int64_t) override { bases_ = oracle_.ledger().base; }
  void after_step(const StepReport&, std::int64_t k) override {
    const bool asks = oracle_.ledger().base > bases_;
    if (!asks && every_ > 0 && (k + 1) % every_ == 0) oracle_.report_value();
  }

 private:
  TracedOracle& oracle_;
  const Trace& trace_;
  std::int64_t every_;
  std::int64_t bases_ = 0;
};

MinimizeResult run_method(TracedOracle& oracle,
                          const MethodConfig& config,
                          const MinimizeSettings& settings,
                          const Trace& trace) {
  config.check(oracle.layout());
  const Limits limits{.queries = settings.max_queries,
                      .steps = settings.max_steps,
                      .seconds = settings.max_seconds,
                      .reports_count = true,
                      .reserve = 1};
  // What is left for steps; 0 would mean no limit.
  const std::int64_t planned =
      limits.queries > 0 ? std::max<std::int64_t>(limits.queries - limits.reserve, 1) : 0;
  const auto method = config.make(oracle.layout(),
                                  {.seed = static_cast<std::uint64_t>(settings.seed),
                                   .max_queries = planned,
                                   .max_steps = settings.max_steps});
  oracle.begin_batch(0);
  LoopPosition position;
  Reporter reporter(oracle, settings, trace);
  const std::string reason = StepLoop(oracle, *method, limits, position).run(reporter);
  oracle.report_value();  // where it ended
  MinimizeResult result = trace.result();
  result.queries = oracle.ledger().queries();
  result.queries_report = oracle.ledger().report;
  result.steps = position.steps;
  result.stop_reason = reason;
  return result;
}

/// What is minimised: `one` always, and the form in which the user has it.
struct Target {
  const ValueFunction& one;
  const ValuesFunction* many = nullptr;
  FiniteSum sum{};  // of no examples: none
};

void check_examples(const MethodConfig& config, const std::string& name, const Target& target) {
  const std::string option = config.needs_examples();
  if (option.empty() || target.sum.examples > 0) return;
  fail_usage(
      "method {}: {} looks at the losses of single examples, and this function returns one number; "
      "give a mean of examples, or another option",
      name,
      option);
}

MinimizeResult run(const Target& target,
                   const std::vector<double>& start,
                   const MinimizeSettings& settings) {
  OptionTable table;
  const MethodCommand method =
      add_method_options(table, settings.method, "method", Defaults::Functions);
  for (const auto& [name, text] : settings.options) table.set(name, text, "option " + name);
  const double value = start.empty() ? 0.0 : target.one(start);
  check(settings, start, value);
  Trace trace(settings, start, value);
  if (method.nlopt) {
    return run_nlopt(settings.method, *method.nlopt, target.one, start, settings, trace);
  }
  check_examples(*method.config, settings.method, target);
  if (target.many != nullptr) {
    TracedBatchOracle oracle(target.one, *target.many, start, value, trace);
    return run_method(oracle, *method.config, settings, trace);
  }
  const int threads = static_cast<int>(settings.threads);
  if (target.sum.examples > 0) {
    TracedOracle oracle(target.one, target.sum, start, value, threads, trace);
    return run_method(oracle, *method.config, settings, trace);
  }
  TracedOracle oracle(target.one, start, value, threads, trace);
  return run_method(oracle, *method.config, settings, trace);
}

}  // namespace

MinimizeResult minimize(const ValueFunction& function,
                        const std::vector<double>& start,
                        const MinimizeSettings& settings) {
  return run({function}, start, settings);
}

MinimizeResult minimize(const ValuesFunction& function,
                        const std::vector<double>& start,
                        const MinimizeSettings& settings) {
  const ValueFunction one = [&function](std::span<const double> x) {
    return checked_values(function, x, 1).front();
  };
  return run({one, &function}, start, settings);
}

MinimizeResult minimize(const MeanFunction& function,
                        const std::vector<double>& start,
                        const MinimizeSettings& settings) {
  if (function.examples < 1) {
    fail_usage("function: is the mean of {} examples; give at least one", function.examples);
  }
  const FiniteSum sum{function.examples,
                      [&function](std::span<const double> x, std::int64_t, std::span<double> rows) {
                        function.losses(x, rows);
                      }};
  const ValueFunction one = [&function](std::span<const double> x) {
    std::vector<double> rows(function.examples);
    function.losses(x, rows);
    return mean_of_rows(rows.data(), function.examples);
  };
  return run({one, nullptr, sum}, start, settings);
}

std::vector<std::string> minimize_methods() {
  std::vector<std::string> names;
  for (const MethodInfo& info : methods()) {
    if (info.name != "sgd") names.push_back(info.name);  // backpropagation: networks only
  }
  if (has_nlopt()) names.insert(names.end(), nlopt_methods().begin(), nlopt_methods().end());
  return names;
}

}  // namespace zo
