#include "src/minimize/minimize.h"

#include <cmath>
#include <memory>
#include <utility>

#include "src/base/error.h"
#include "src/base/options.h"
#include "src/methods/registry.h"
#include "src/minimize/nlopt_methods.h"
#include "src/minimize/traced_oracle.h"

namespace zo {
namespace {

constexpr int kMaxRejected = 20;  // steps in a row

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

void set_options(OptionTable& table, const MinimizeSettings& settings) {
  for (const auto& [name, text] : settings.options) table.set(name, text, "option " + name);
}

/// The loop of the zeroth-order methods.
MinimizeResult run_method(LossOracle& oracle,
                          const ValueFunction& function,
                          const MinimizeSettings& settings,
                          Trace& trace) {
  const auto config = find_method(settings.method, "method").config();
  OptionTable table;
  config->describe(table);
  set_options(table, settings);
  config->check(oracle.layout());
  const auto method = config->make(oracle.layout(),
                                   {.seed = static_cast<std::uint64_t>(settings.seed),
                                    .max_queries = settings.max_queries,
                                    .max_steps = settings.max_steps});
  const auto report_value = [&] {
    const std::vector<double> x = oracle.theta();
    trace.see(function(x), x, oracle.ledger().queries());
    oracle.count_report(1);
  };
  oracle.count_report(1);  // the value at the start
  oracle.begin_batch(0);
  std::int64_t steps = 0;
  int rejected = 0;
  bool valued = false;  // the present point has been valued for the reader
  std::string reason;
  while (true) {
    reason = trace.stop_reason(oracle.ledger().queries(), steps);
    if (!reason.empty()) break;
    const std::int64_t next = oracle.ledger().queries() + method->queries_of_step(steps);
    if (settings.max_queries > 0 && next > settings.max_queries) reason = "max-queries";
    if (rejected >= kMaxRejected) reason = "rejected";
    if (!reason.empty()) break;
    const std::int64_t bases = oracle.ledger().base;
    rejected = method->step(oracle, steps).rejected ? rejected + 1 : 0;
    ++steps;
    valued = oracle.ledger().base == bases;
    if (valued) report_value();
  }
  if (!valued && steps > 0) report_value();
  MinimizeResult result = trace.result();
  result.queries = oracle.ledger().queries();
  result.queries_report = oracle.ledger().report;
  result.steps = steps;
  result.stop_reason = reason;
  return result;
}

MinimizeResult run(const ValueFunction& one,
                   const ValuesFunction* many,
                   std::vector<double> start,
                   const MinimizeSettings& settings) {
  const double value = start.empty() ? 0.0 : one(start);
  check(settings, start, value);
  Trace trace(settings, start, value);
  if (is_nlopt_method(settings.method)) {
    NloptOptions options;
    OptionTable table;
    options.describe(table);
    set_options(table, settings);
    MinimizeResult result = run_nlopt(settings.method, options, one, start, settings, trace);
    result.queries_report = 1;
    return result;
  }
  if (many != nullptr) {
    TracedBatchOracle oracle(one, *many, std::move(start), trace);
    return run_method(oracle, one, settings, trace);
  }
  TracedOracle oracle(one, std::move(start), static_cast<int>(settings.threads), trace);
  return run_method(oracle, one, settings, trace);
}

}  // namespace

MinimizeResult minimize(const ValueFunction& function,
                        std::vector<double> start,
                        const MinimizeSettings& settings) {
  return run(function, nullptr, std::move(start), settings);
}

MinimizeResult minimize(const ValuesFunction& function,
                        std::vector<double> start,
                        const MinimizeSettings& settings) {
  const ValueFunction one = [&function](std::span<const double> x) {
    return checked_values(function, x, 1).front();
  };
  return run(one, &function, std::move(start), settings);
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
