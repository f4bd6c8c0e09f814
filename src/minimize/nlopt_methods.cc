#include "src/minimize/nlopt_methods.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <memory>

#include "src/base/error.h"
#ifdef ZO_NLOPT
#include <nlopt.h>
#endif

namespace zo {

void NloptOptions::describe(OptionTable& table) {
  table.add("initial-step",
            &initial_step,
            Range::at_least(0),
            "first step in every coordinate; 0 = NLopt's own choice");
  table.add(
      "xtol", &xtol, Range::at_least(0), "stop when x changes by less than this share of itself");
}

const std::vector<NloptInfo>& nlopt_infos() {
  static const std::vector<NloptInfo> table = {
      {"nlopt-newuoa",
       "quadratic models through 2 d + 1 points in a trust region, by NLopt; not for one "
       "coordinate",
       "x <- argmin of the model Q on |s| <= Delta; Q interpolates f with the least change of its "
       "Hessian",
       "Powell, in Large-Scale Nonlinear Optimization (2006); NLopt: S. G. Johnson"},
      {"nlopt-bobyqa",
       "the same kind of model within bounds, by NLopt",
       "x <- argmin of the model Q on |s| <= Delta and low <= x + s <= high",
       "Powell, report DAMTP 2009/NA06; NLopt: S. G. Johnson"},
      {"nlopt-neldermead",
       "a simplex of d + 1 points that is reflected, stretched and shrunk, by NLopt; values are "
       "only "
       "compared",
       "the worst point <- centroid + a * (centroid - worst), a = 1, 2, 1/2 or -1/2; else shrink",
       "Nelder, Mead, Computer J. 7 (1965); bounds: Box (1965); NLopt: S. G. Johnson"},
  };
  return table;
}

const std::vector<std::string>& nlopt_methods() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const NloptInfo& info : nlopt_infos()) all.push_back(info.name);
    return all;
  }();
  return names;
}

bool is_nlopt_method(const std::string& name) {
  return std::find(nlopt_methods().begin(), nlopt_methods().end(), name) != nlopt_methods().end();
}

void check_nlopt(const std::string& name, std::int64_t dimension) {
  if (!has_nlopt()) {
    fail_usage(
        "--method {}: this build has no NLopt; install libnlopt-dev and build again, or choose "
        "another method",
        name);
  }
  if (name == "nlopt-newuoa" && dimension < 2) {
    fail_usage("--method nlopt-newuoa: needs at least 2 coordinates; use nlopt-bobyqa");
  }
}

#ifdef ZO_NLOPT

namespace {

nlopt_algorithm algorithm_of(const std::string& name, bool bounded) {
  if (name == "nlopt-newuoa") return bounded ? NLOPT_LN_NEWUOA_BOUND : NLOPT_LN_NEWUOA;
  return name == "nlopt-bobyqa" ? NLOPT_LN_BOBYQA : NLOPT_LN_NELDERMEAD;
}

/// What the C callback works on.
struct Call {
  const ValueFunction& function;
  const std::vector<double>& start;
  const MinimizeSettings& settings;
  const Box& box;
  Trace& trace;
  nlopt_opt optimiser;
  std::int64_t queries = 0;
  bool start_asked = false;  // the value there, known already, was one of the queries
  std::string reason{};
  std::exception_ptr failure{};

  std::int64_t calls() const { return queries + (start_asked ? 0 : 1); }
  double value(std::span<const double> x) {
    if (start_asked || !std::equal(x.begin(), x.end(), start.begin())) return function(x);
    start_asked = true;
    return trace.result().start_value;
  }
  std::string reason_to_stop() const {
    const std::string seen = trace.stop_reason(queries);
    if (!seen.empty()) return seen;
    if (settings.max_calls > 0 && calls() >= settings.max_calls) return "max-calls";
    if (settings.max_steps > 0 && queries >= settings.max_steps) return "max-steps";
    if (settings.max_seconds > 0 && trace.seconds() >= settings.max_seconds) return "max-time";
    return "";
  }
  /// f, seen by everybody who waits for values. BOBYQA works in scaled coordinates, whose rounding may
  /// lead past a bound.
  double answer(std::span<const double> asked) {
    std::vector<double> x(asked.begin(), asked.end());
    box.project(x);
    const double found = value(x);
    ++queries;
    trace.see(found, x, queries);
    trace.tell(queries, calls());
    reason = reason_to_stop();
    return found;
  }
};

double value_at(unsigned n, const double* x, double*, void* data) {
  Call& call = *static_cast<Call*>(data);
  const std::span<const double> point(x, n);
  double value = std::numeric_limits<double>::quiet_NaN();
  if (call.reason.empty() && !call.failure) {
    try {  // exceptions must not travel through C
      value = call.answer(point);
    } catch (...) {
      call.failure = std::current_exception();
    }
  }
  if (!call.reason.empty() || call.failure) nlopt_force_stop(call.optimiser);
  return std::isfinite(value) ? value : std::numeric_limits<double>::max();
}

}  // namespace

bool has_nlopt() { return true; }

MinimizeResult run_nlopt(const std::string& name,
                         const NloptOptions& options,
                         const ValueFunction& function,
                         const std::vector<double>& start,
                         const MinimizeSettings& settings,
                         const Box& box,
                         Trace& trace) {
  const auto n = static_cast<unsigned>(start.size());
  const std::unique_ptr<nlopt_opt_s, void (*)(nlopt_opt)> optimiser(
      nlopt_create(algorithm_of(name, !box.empty()), n), nlopt_destroy);
  Call call{.function = function,
            .start = start,
            .settings = settings,
            .box = box,
            .trace = trace,
            .optimiser = optimiser.get()};
  nlopt_set_min_objective(optimiser.get(), value_at, &call);
  if (!box.empty()) {
    nlopt_set_lower_bounds(optimiser.get(), box.low.data());
    nlopt_set_upper_bounds(optimiser.get(), box.high.data());
  }
  nlopt_set_xtol_rel(optimiser.get(), options.xtol);
  if (options.initial_step > 0) nlopt_set_initial_step1(optimiser.get(), options.initial_step);
  std::vector<double> x = start;
  double least = 0.0;
  call.reason = call.reason_to_stop();  // the value at the start may have spent a limit
  const nlopt_result code = nlopt_optimize(optimiser.get(), x.data(), &least);
  if (call.failure) std::rethrow_exception(call.failure);
  if (code == NLOPT_INVALID_ARGS || code == NLOPT_OUT_OF_MEMORY || code == NLOPT_FAILURE) {
    const char* why = nlopt_get_errmsg(optimiser.get());
    fail_run("--method {}: NLopt gave up after {} queries: {}",
             name,
             call.queries,
             why == nullptr ? nlopt_result_to_string(code) : why);
  }
  MinimizeResult result = trace.result();
  result.queries = result.steps = call.queries;
  result.queries_report = call.calls() - call.queries;
  result.stop_reason = call.reason.empty() ? "converged" : call.reason;
  return result;
}

#else

bool has_nlopt() { return false; }

MinimizeResult run_nlopt(const std::string& name,
                         const NloptOptions&,
                         const ValueFunction&,
                         const std::vector<double>&,
                         const MinimizeSettings&,
                         const Box&,
                         Trace&) {
  fail_run("--method {}: was not refused by check_nlopt", name);
}

#endif

}  // namespace zo
