#pragma once
#include <optional>
#include <utility>

#include "src/minimize/trace.h"
#include "src/oracle/function_oracle.h"

namespace zo {

/// The oracle of a user's function that shows every base value to a trace, with the queries spent
/// including that one. A value that was computed for the reader, as the one at the start, counts as
/// report-only until the method asks for it, and then as that query.
class TracedOracle : public FunctionOracle {
 public:
  TracedOracle(const ValueFunction& function,
               const std::vector<double>& start,
               double start_value,
               int threads,
               Trace& trace)
      : FunctionOracle([&function](auto x, std::int64_t) { return function(x); }, start, threads),
        function_(function),
        trace_(trace),
        known_(start_value) {
    count_report(1);
  }
  /// The same for the mean of a finite sum, whose examples it hands out; `mean` gives its value.
  TracedOracle(const ValueFunction& mean,
               FiniteSum sum,
               const std::vector<double>& start,
               double start_value,
               int threads,
               Trace& trace)
      : FunctionOracle(plain_layout(static_cast<std::int64_t>(start.size())),
                       std::move(sum),
                       start,
                       Precision::Float64,
                       threads),
        function_(mean),
        trace_(trace),
        known_(start_value) {
    count_report(1);
  }

  /// Values the present point for the reader, unless the method has asked for it.
  void report_value();
  /// Calls of the function so far, for whatever purpose.
  std::int64_t calls() const { return ledger().queries() + ledger().report; }
  /// The value of the present point: report_value() where it is not known.
  double value();
  /// How often θ was moved by a step that was not zero.
  std::int64_t moves() const { return moves_; }
  /// Puts θ at `x`, whose value is known. A method that asks for it there asks the function again.
  void restart(const std::vector<double>& x, double value);

 private:
  double do_base() override;
  void do_move(const Update& update) override;

  const ValueFunction& function_;
  Trace& trace_;
  std::optional<double> known_;  // the value at θ
  bool kept_ = false;            // … from before a restart: counted already
  bool reported_ = true;         // … was computed for the reader, and no query has asked for it
  std::int64_t moves_ = 0;
};

/// The same for a function of many points: the probes of one request are handed over together, in
/// groups of at most kGroupBytes.
class TracedBatchOracle : public TracedOracle {
 public:
  static constexpr std::size_t kGroupBytes = std::size_t{64} << 20;

  /// `one` values a single point by `many`; both must outlive the oracle.
  TracedBatchOracle(const ValueFunction& one,
                    const ValuesFunction& many,
                    const std::vector<double>& start,
                    double start_value,
                    Trace& trace)
      : TracedOracle(one, start, start_value, 1, trace), many_(many) {}

 private:
  void do_evaluate(std::span<const Probe> probes,
                   std::span<double> losses,
                   std::span<double> rows) override;

  const ValuesFunction& many_;
};

/// `many` at `count` points. Throws Error(Run) unless it gives `count` values.
std::vector<double> checked_values(const ValuesFunction& many,
                                   std::span<const double> points,
                                   std::size_t count);

}  // namespace zo
