#include "src/minimize/run.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "src/base/error.h"
#include "src/minimize/loop.h"
#include "src/minimize/method_command.h"
#include "src/minimize/pace.h"
#include "src/minimize/traced_oracle.h"

namespace zo {
namespace {

/// One side of the box in full length.
std::vector<double> side(const char* name,
                         std::vector<double> bounds,
                         std::size_t dimension,
                         double none) {
  if (bounds.empty()) bounds.assign(dimension, none);
  if (bounds.size() != dimension) {
    fail_usage("{}: has {} entries and the start {}; give one for every coordinate",
               name,
               bounds.size(),
               dimension);
  }
  return bounds;
}

/// The bounds that `settings` ask for. Throws Error(Usage) where they leave no room or exclude `start`.
Box bounds_of(const MinimizeSettings& settings, const std::vector<double>& start) {
  if (settings.lower.empty() && settings.upper.empty()) return {};
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Box box{side("lower", settings.lower, start.size(), -kInfinity),
          side("upper", settings.upper, start.size(), kInfinity)};
  for (std::size_t i = 0; i < start.size(); ++i) {
    const double low = box.low[i], high = box.high[i];
    if (!(low <= high)) {
      fail_usage("bounds of coordinate {}: [{}, {}] holds no number", i, low, high);
    }
    if (!(low <= start[i] && start[i] <= high)) {
      fail_usage("start: coordinate {} is {}, outside its bounds [{}, {}]; start within them",
                 i,
                 start[i],
                 low,
                 high);
    }
  }
  return box;
}

template <class T>
void not_negative(const char* name, T value) {
  if (!(value >= 0)) fail_usage("{}: is {} and must be 0 or more", name, value);
}

void a_number(const char* name, double value) {
  if (std::isnan(value)) fail_usage("{}: is nan and must be a number", name);
}

void check(const MinimizeSettings& settings, const std::vector<double>& start) {
  if (start.empty()) fail_usage("start: has no coordinates; give at least one");
  not_negative("max_calls", settings.max_calls);
  not_negative("max_steps", settings.max_steps);
  not_negative("max_seconds", settings.max_seconds);
  not_negative("patience", settings.patience);
  not_negative("tolerance", settings.tolerance);
  not_negative("report_every", settings.report_every);
  if (settings.target) a_number("target", *settings.target);
  for (const double target : settings.targets) a_number("targets", target);
  if (settings.max_calls == 0 && settings.max_steps == 0 && settings.max_seconds == 0.0) {
    fail_usage("no limit is set: give max_calls, max_steps or max_seconds");
  }
  if (settings.threads < 1) fail_usage("threads: {} must be at least 1", settings.threads);
}

void check_value(double value) {
  if (!std::isfinite(value)) {
    fail_usage("start: the function is {} there; choose a start with a finite value", value);
  }
}

/// What the loop does for a minimisation: the trace may stop it, and values inform the reader.
class Reporter final : public LoopObserver {
 public:
  Reporter(TracedOracle& oracle, const MinimizeSettings& settings, Trace& trace)
      : oracle_(oracle), trace_(trace), every_(settings.report_every) {
    const bool waited_for = settings.target || !settings.targets.empty() || settings.patience > 0;
    if (every_ == 0 && waited_for) every_ = 1;
  }

  std::string reason_to_stop(std::int64_t) override {
    return trace_.stop_reason(oracle_.ledger().queries());
  }
  void before_step(std::int64_t) override { bases_ = oracle_.ledger().base; }
  void after_step(const StepReport& report, std::int64_t) override {
    ++steps_;
    fruitless_ = report.no_descent ? fruitless_ + 1 : 0;
    const bool asks = oracle_.ledger().base > bases_;
    if (!asks && every_ > 0 && steps_ % every_ == 0) oracle_.report_value();
    trace_.tell(steps_, oracle_.calls());
  }
  /// Of all legs together.
  std::int64_t steps() const { return steps_; }
  /// Whether the steps whose rejection ended a loop had nowhere lower to lead to.
  bool converged() const { return fruitless_ >= StepLoop::kMaxRejected; }

 private:
  TracedOracle& oracle_;
  Trace& trace_;
  std::int64_t every_;
  std::int64_t bases_ = 0, steps_ = 0;
  std::int64_t fruitless_ = 0;  // steps in a row of which no length lowered the value
};

/// One run of a method of ours.
class Run {
 public:
  /// All must outlive the run.
  Run(TracedOracle& oracle,
      const MethodCommand& method,
      OptionTable& table,
      const MinimizeSettings& settings,
      Trace& trace)
      : oracle_(oracle),
        method_(method),
        table_(table),
        settings_(settings),
        trace_(trace),
        reporter_(oracle, settings, trace) {}

  MinimizeResult result() {
    const std::string reason = paced() ? in_legs() : leg(settings_.max_calls);
    oracle_.report_value();  // where it ended
    MinimizeResult result = trace_.result();
    result.queries = oracle_.ledger().queries();
    result.queries_report = oracle_.ledger().report;
    result.steps = reporter_.steps();
    result.found = std::move(found_);
    result.stop_reason = reason == "max-queries" ? "max-calls" : reason;
    return result;
  }

 private:
  /// Whether a step length is looked for: nobody gave one, and it is not steps that are counted.
  bool paced() const {
    return find_method(method_.name).fixed_lengths && !table_.given("lr") &&
           settings_.max_steps == 0;
  }

  std::string in_legs() {
    for (const auto& [name, word] : method_.config->for_trials(oracle_.layout())) {
      if (table_.given(name)) continue;
      table_.set(name, word, "option " + name);
      found_[name] = word;
    }
    const double first = std::stod(table_.find("lr")->text());
    const Pace::Leg leg = [this](double lr, std::int64_t calls) {
      table_.set("lr", fmt::format("{}", lr), "option lr");
      return this->leg(oracle_.calls() + calls);
    };
    Pace pace(oracle_, leg, settings_.max_calls);
    std::string reason = pace.run(first);
    if (pace.length() > 0.0) found_["lr"] = pace.length();
    return reason;
  }

  /// Steps of a method made anew until f has been called `end` times, at least three steps; 0: until
  /// the run is over. Returns why it is, "" where only the leg is.
  std::string leg(std::int64_t end) {
    const std::int64_t spent = oracle_.calls(), most = settings_.max_calls;
    const auto make = [&](std::int64_t last) {
      // One call is kept back for the last point; 0 would mean no limit.
      const std::int64_t kept = legs_ == 0 ? 1 : spent + 1;
      const std::int64_t queries = last > 0 ? std::max<std::int64_t>(last - kept, 1) : 0;
      // Unsigned numbers wrap where the largest seeds would overflow.
      const std::uint64_t seed = static_cast<std::uint64_t>(settings_.seed) + kSeedsApart * legs_;
      auto method = method_.config->make(
          oracle_.layout(),
          {.seed = seed, .max_queries = queries, .max_steps = settings_.max_steps});
      if (last_) method->follow(*last_);
      return method;
    };
    auto method = make(end);
    std::int64_t least = spent + 1;
    for (std::int64_t k = 0; k < 3; ++k) least += method->queries_of_step(k);
    const bool part = end != most && (most == 0 || std::max(end, least) < most);
    if (end != most && !part) method = make(most);
    ++legs_;
    const Limits limits{.queries = part ? std::max(end, least) : most,
                        .steps = settings_.max_steps,
                        .seconds = settings_.max_seconds,
                        .reports_count = true,
                        .reserve = 1};
    LoopPosition position{.wall_s = trace_.seconds()};
    const std::string reason = StepLoop(oracle_, *method, limits, position).run(reporter_);
    last_ = std::move(method);
    if (reason == "rejected" && reporter_.converged()) return "converged";
    return part && reason == "max-queries" ? "" : reason;
  }

  static constexpr std::uint64_t kSeedsApart = 1000003;  // of legs: their steps count from 0 again

  TracedOracle& oracle_;
  const MethodCommand& method_;
  OptionTable& table_;
  const MinimizeSettings& settings_;
  Trace& trace_;
  Reporter reporter_;
  std::uint64_t legs_ = 0;
  std::unique_ptr<Method> last_;  // of the last leg
  std::map<std::string, OptionValue> found_;
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

/// Calls of f that a run of one step takes: the value at the start, the step, the value at its end.
std::int64_t least_calls(const MethodCommand& method, std::int64_t dimension) {
  if (method.nlopt) return 2;  // a step is a value, and the last one is that at the end
  // What the first step asks does not depend on what follows.
  const auto made = method.config->make(plain_layout(dimension), {.max_queries = 1});
  return made->queries_of_step(0) + 2;
}

}  // namespace

void check_method_name(const std::string& name) {
  const std::vector<std::string> names = minimize_methods();
  // Of a method that this build lacks check_nlopt() says more.
  if (is_nlopt_method(name) || std::find(names.begin(), names.end(), name) != names.end()) return;
  if (name == "sgd") {
    fail_usage("method: sgd follows gradients, and a function has values alone; there are {}",
               fmt::join(names, ", "));
  }
  const std::string near = nearest(name, names);
  fail_usage("method: unknown method '{}'{}; there are {}",
             name,
             near.empty() ? "" : " (did you mean " + near + "?)",
             fmt::join(names, ", "));
}

void check_method(const MethodCommand& method,
                  std::int64_t dimension,
                  std::int64_t max_calls,
                  const std::string& limit) {
  if (method.nlopt) {
    check_nlopt(method.name, dimension);
  } else {
    method.config->check(plain_layout(dimension));
  }
  const std::int64_t least = least_calls(method, dimension);
  if (max_calls == 0 || max_calls >= least) return;
  fail_usage(
      "{} {}: the first step of {} and the values before and after it take {} calls of the "
      "function; give at least as many",
      limit,
      max_calls,
      method.name,
      least);
}

MinimizeResult run_target(const Target& target,
                          const std::vector<double>& start,
                          const MinimizeSettings& settings,
                          std::optional<Trace>& watching) {
  check(settings, start);
  const Box box = bounds_of(settings, start);
  check_method_name(settings.method);
  OptionTable table;
  const MethodCommand method =
      add_method_options(table, settings.method, "method", Defaults::Functions);
  for (const auto& [name, value] : settings.options) table.set(name, value.text, "option " + name);
  check_method(method, static_cast<std::int64_t>(start.size()), settings.max_calls, "max_calls");
  if (method.config) check_examples(*method.config, settings.method, target);
  const double value = target.one(start);
  check_value(value);
  Trace& trace = watching.emplace(settings, start, value);
  if (method.nlopt) {
    return run_nlopt(settings.method, *method.nlopt, target.one, start, settings, box, trace);
  }
  const auto run = [&](TracedOracle&& oracle) {
    oracle.confine(box);
    oracle.begin_batch(0);
    return Run(oracle, method, table, settings, trace).result();
  };
  if (target.many != nullptr) {
    return run(TracedBatchOracle(target.one, *target.many, start, value, trace));
  }
  const int threads = static_cast<int>(settings.threads);
  if (target.sum.examples > 0) {
    return run(TracedOracle(target.one, target.sum, start, value, threads, trace));
  }
  return run(TracedOracle(target.one, start, value, threads, trace));
}

}  // namespace zo
