#pragma once
// Minimises a function of your own with any method of zotrain. Installed as <zotrain/minimize.h>;
// needs nothing but the C++20 standard library.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#define ZO_PUBLIC __attribute__((visibility("default")))

namespace zo {

/// One value f(x). With MinimizeSettings::threads > 1 it is called by several threads at once.
using ValueFunction = std::function<double(std::span<const double> x)>;

/// Many values at once: `points` holds `count` points of length d one after the other; returns f of
/// each, in order. For functions that are cheaper in bulk (a simulator, a GPU). Called by one
/// thread.
using ValuesFunction =
    std::function<std::vector<double>(std::span<const double> points, std::size_t count)>;

/// A function that is the mean of `examples` ≥ 1 others, as a loss over data is: `losses` receives
/// the value of each at x. For methods that look at single examples (`zotrain methods NAME` says
/// which do); one value of the mean is one query, whoever looks. With MinimizeSettings::threads > 1
/// it is called by several threads at once.
struct MeanFunction {
  std::int64_t examples = 0;
  std::function<void(std::span<const double> x, std::span<double> losses)> losses;
};

/// How to minimise. A limit of 0 means none; at least one of max_queries, max_steps and max_seconds
/// must be set.
struct MinimizeSettings {
  std::string method = "zo-sah";                 // one of minimize_methods()
  std::map<std::string, std::string> options{};  // of the method, by flag name: {"lr", "0.1"}
  std::int64_t seed = 1;                         // of all random choices
  std::int64_t threads = 1;
  std::int64_t max_queries = 10000;  // calls of f for any purpose, never exceeded
  std::int64_t max_steps = 0;
  double max_seconds = 0.0;
  std::optional<double> target{};  // stop at a value this low
  /// Values whose query counts are recorded. Without `target` the run stops when all are reached.
  std::vector<double> targets{};
  /// Stop when the best value has not fallen by more than `tolerance` for `patience` queries.
  std::int64_t patience = 0;
  double tolerance = 0.0;
  /// Methods that never ask for the value at their own point (MeZO, ZoVH, …) are valued after every
  /// so many steps, each a call that only informs. 0: never but for the last point, unless target,
  /// targets or patience wait for values; then after every step.
  std::int64_t report_every = 0;
  /// Asked before every step, by the nlopt methods after every value: true ends the run, with the reason
  /// "stopped" and what it has found.
  std::function<bool()> should_stop{};
  bool keep_path = false;  // MinimizeResult::path, of as many numbers as points times coordinates
};

/// A point that the method moved to: its value was known when so many queries had been spent.
struct PathPoint {
  std::int64_t queries = 0;
  double value = 0.0;
  std::vector<double> x;
};

/// A recorded target: the number of queries that had been spent when a value this low was first
/// known.
struct TargetReached {
  double target = 0.0;
  std::optional<std::int64_t> queries;
};

struct MinimizeResult {
  double start_value = 0.0;
  double best = 0.0;                // lowest value known of the points that the method moved to
  std::vector<double> x;            // where it was
  std::int64_t queries = 0;         // values that the method asked for
  std::int64_t queries_report = 0;  // calls for no method: f was called queries + this many times
  std::int64_t steps = 0;
  std::string
      stop_reason;  // target, max-queries, max-steps, max-time, stalled, stopped, rejected, converged
  std::vector<TargetReached> targets;  // in the order given
  std::vector<PathPoint> path;         // from the start on, where it was to be kept
};

/// Minimises `function` from `start`. Throws std::runtime_error with one line for an unknown method
/// or option, a value out of range, an empty start, a start whose value is not finite, or a method
/// that looks at single examples where `function` returns the value alone.
///
/// Counting: a point that the method moves to is valued when the method asks for the loss there, at
/// the start of its next step, and that query counts. The value at the start is that of the first
/// such query. One call is kept back for the last point, which is always valued. Methods that never
/// ask are valued by calls beside their queries (MinimizeSettings::report_every); without them the
/// last point alone is. Probes are no candidates: values between two points moved to are not looked
/// at. The nlopt-… methods ask for single points, each of which counts and is a candidate.
ZO_PUBLIC MinimizeResult minimize(const ValueFunction& function,
                                  const std::vector<double>& start,
                                  const MinimizeSettings& settings = {});
ZO_PUBLIC MinimizeResult minimize(const ValuesFunction& function,
                                  const std::vector<double>& start,
                                  const MinimizeSettings& settings = {});
ZO_PUBLIC MinimizeResult minimize(const MeanFunction& function,
                                  const std::vector<double>& start,
                                  const MinimizeSettings& settings = {});

/// The names that MinimizeSettings::method takes.
ZO_PUBLIC std::vector<std::string> minimize_methods();

}  // namespace zo
