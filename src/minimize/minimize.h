#pragma once
// Minimises a function of your own with any method of zotrain. Installed as <zotrain/minimize.h>;
// needs nothing but the C++20 standard library.
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
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

/// The one exception of this library: one line that names the setting, its value, the constraint and
/// the way out. What your function throws passes through as it is.
class ZO_PUBLIC MinimizeError : public std::runtime_error {
 public:
  enum class Kind { Usage, Run };  // wrong settings, told before the first step; or a failed run
  MinimizeError(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

/// The value of an option of a method: a number, a switch, or the text that the command line takes.
struct OptionValue {
  std::string text;

  OptionValue() = default;
  OptionValue(const char* word) : text(word) {}
  OptionValue(std::string word) : text(std::move(word)) {}
  template <class T>
  requires std::integral<T> || std::floating_point<T> OptionValue(T value) {
    if constexpr (std::same_as<T, bool>) {
      text = value ? "true" : "false";
    } else {
      char digits[64];
      text.assign(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    }
  }
};

/// How far a run is.
struct MinimizeProgress {
  std::int64_t steps = 0, calls = 0;  // done so far; calls of f for any purpose
  double best = 0.0;                  // lowest value known of the points that the method moved to
  std::span<const double> x;          // where it was; valid during the call
};

/// How to minimise. A limit of 0 means none; at least one of max_calls, max_steps and max_seconds
/// must be set, and max_calls must pay for a step.
///
/// Methods whose steps are their option lr times an estimate of the gradient (`zotrain methods NAME`
/// says which) find a length by short trials where `options` give none and max_steps is 0, and start
/// anew from the best trial's end, later with a shorter length whenever a part of the run did not end lower.
/// ZoVH then leaves out its inverse where that would point uphill. MinimizeResult::found tells both.
struct MinimizeSettings {
  std::string method = "zo-sah";                 // one of minimize_methods()
  std::map<std::string, OptionValue> options{};  // of the method, by flag name: {"lr", 0.1}
  /// Bounds of every coordinate, each empty or of the length of the start, infinite entries where
  /// there is none. f is called at no point outside of them, and a start outside is refused. Our
  /// methods are projected: a point beyond a bound moves to it. The nlopt-… ones have bounds of their own.
  std::vector<double> lower{}, upper{};
  std::int64_t seed = 1;  // of all random choices
  std::int64_t threads = 1;
  std::int64_t max_calls = 10000;  // calls of f for any purpose, never exceeded
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
  /// Told how far the run is after every step, by the nlopt methods after every value: true ends the run
  /// as should_stop does.
  std::function<bool(const MinimizeProgress&)> callback{};
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
  /// Options of the method that the run chose itself, by flag name: "lr" where its trials found a length,
  /// and what goes with it.
  std::map<std::string, OptionValue> found{};
  /// target, max-calls, max-steps, max-time: as set;
  /// converged: no step was left to take, or no length of the last ones lowered the value;
  /// stalled: the value did not fall for `patience` queries, or by steps of any length that trials found;
  /// stopped: by should_stop or callback;
  /// rejected: 20 steps in a row could not be taken, as losses or steps were not finite or too long;
  /// failed: of an AskTell that has thrown.
  std::string stop_reason;
  std::vector<TargetReached> targets;  // in the order given
  std::vector<PathPoint> path;         // from the start on, where it was to be kept
};

/// Minimises `function` from `start`. Throws MinimizeError for an unknown method or option, a value
/// out of range, an empty start or one outside the bounds, a start whose value is not finite, or a
/// method that looks at single examples where `function` returns the value alone.
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

/// Points of length d, one after the other.
struct Points {
  std::size_t count = 0;
  std::vector<double> values;  // count · d
};

/// The same run turned inside out, for functions that cannot be called from here: it asks for points
/// and is told their values, in whatever way and time these are found.
///
///     zo::AskTell run(start, settings);
///     while (!run.done()) run.tell(values_of(run.ask()));
///
/// The points and the result are those of minimize() with the same settings, bit for bit. For one
/// thread at a time; `callback` and `should_stop` are called while ask() or tell() runs.
class ZO_PUBLIC AskTell {
 public:
  /// Throws MinimizeError for settings that minimize() refuses.
  explicit AskTell(const std::vector<double>& start, const MinimizeSettings& settings = {});
  /// Leaves a run that is not done.
  ~AskTell();
  AskTell(AskTell&&) noexcept;
  AskTell& operator=(AskTell&&) noexcept;

  /// The points whose values are wanted, the same until they are told; none once the run is done.
  const Points& ask() const;
  /// f of the points asked for, in their order. Throws MinimizeError, and waits on, where it is not one
  /// value for each; throws what minimize() would where the run fails, which then is done.
  void tell(std::span<const double> values);
  bool done() const;
  /// Where the run stands: of minimize() once it is done, else with `queries` all values told so far and
  /// no reason to stop. Before the value at the start is told, `x` is the start and `best` not a number.
  MinimizeResult result() const;

 private:
  class Run;
  std::unique_ptr<Run> run_;
};

/// The names that MinimizeSettings::method takes.
ZO_PUBLIC std::vector<std::string> minimize_methods();

}  // namespace zo
