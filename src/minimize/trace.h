#pragma once
#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "src/minimize/minimize.h"

namespace zo {

/// Watches the values of a minimisation: keeps the best point, notes when targets are reached, and
/// says when they are or when the value no longer falls.
class Trace {
 public:
  /// `settings` must outlive the trace.
  Trace(const MinimizeSettings& settings, std::vector<double> start, double start_value);

  /// f(x) = `value` became known when `queries` had been spent. Values that are not finite are
  /// ignored.
  void see(double value, std::span<const double> x, std::int64_t queries);
  /// Tells the caller's callback how far the run is.
  void tell(std::int64_t steps, std::int64_t calls);
  /// "target" or "stalled" where the values seen say so, "stopped" where the caller does, else "".
  std::string stop_reason(std::int64_t queries) const;
  /// Seconds since the start.
  double seconds() const;
  /// The result so far; the counters are the caller's to fill.
  const MinimizeResult& result() const { return result_; }

 private:
  const MinimizeSettings& settings_;
  MinimizeResult result_;
  double reference_;               // the value that `patience` waits to fall
  std::int64_t reference_at_ = 0;  // queries when it was set
  bool told_to_stop_ = false;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace zo
