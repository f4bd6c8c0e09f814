#include "src/estimators/order_switch.h"

#include <algorithm>

#include "src/estimators/state_fields.h"

namespace zo {
namespace {

constexpr double kFlat = 2.0, kSteep = 4.0;  // spreads that enter and leave first order
constexpr std::int64_t kProofs = 2;          // flat periods before it is believed
constexpr std::size_t kWatched = 10;         // residuals
constexpr double kUnexplained = 0.5;

}  // namespace

bool OrderSwitch::begin_period() {
  const bool probed = probes_next();
  if (!probed) --wait_;
  return probed;
}

void OrderSwitch::see_spread(double spread) {
  if (!first_order_) {
    flat_ = spread < kFlat ? flat_ + 1 : 0;
    first_order_ = flat_ >= kProofs;
    wait_ = next_wait_ = kFirstWait;
  } else if (spread >= kSteep) {
    first_order_ = false;
    flat_ = 0;
  } else {
    next_wait_ = std::min(2 * next_wait_, kLongestWait);
    wait_ = next_wait_;
  }
}

void OrderSwitch::see_residual(double residual) {
  residuals_.push_back(residual);
  if (residuals_.size() > kWatched) residuals_.erase(residuals_.begin());
  if (residuals_.size() < kWatched) return;
  std::vector<double> sorted = residuals_;
  std::sort(sorted.begin(), sorted.end());
  if (sorted[kWatched / 2] > kUnexplained) wait_ = 0;
}

void OrderSwitch::save(State& state) const {
  state["order"] = std::vector<std::int64_t>{first_order_ ? 1 : 0, flat_, wait_, next_wait_};
  state["order.residuals"] = residuals_;
}

void OrderSwitch::load(const State& state) {
  const auto& saved = state_places(state, "order", 0, kCountEnd, 4);
  first_order_ = saved[0] != 0;
  flat_ = saved[1];
  wait_ = saved[2];
  next_wait_ = saved[3];
  residuals_ = state_reals(state, "order.residuals");
}

}  // namespace zo
