#pragma once
#include <cstdint>
#include <vector>

#include "src/base/state.h"

namespace zo {

/// Decides, period by period, whether curvature is worth its probes (methods.md 1.11b). The spread
/// of a probed period is c = q90/q10 of its floored eigenvalues. Below 2 in two probed periods in a
/// row the method goes on with first-order steps g/μ̄; a period is then probed again after 5
/// periods, then 10, 20, 40, as long as the spread stays below 4, or at once when the median of ten
/// consecutive residuals ‖y − μ̄s‖/‖y‖ exceeds 0.5. From a spread of 4 on it returns.
class OrderSwitch {
 public:
  /// Whether the period that begins next asks for its blocks.
  bool probes_next() const { return !first_order_ || wait_ == 0; }
  bool first_order() const { return first_order_; }
  /// A period begins; tells whether it is probed.
  bool begin_period();
  /// Spread of the blocks of a probed period.
  void see_spread(double spread);
  /// First-order mode: how badly μ̄ explains the change of the gradient between two steps.
  void see_residual(double residual);

  void save(State& state) const;
  void load(const State& state);

 private:
  static constexpr std::int64_t kFirstWait = 5, kLongestWait = 40;
  bool first_order_ = false;
  std::int64_t flat_ = 0;                // probed periods in a row with a small spread
  std::int64_t wait_ = 0;                // first-order periods before the next probed one
  std::int64_t next_wait_ = kFirstWait;  // how many follow the next probed one
  std::vector<double> residuals_;        // the last ten
};

}  // namespace zo
