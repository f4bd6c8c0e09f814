#include "src/minimize/pace.h"

#include <algorithm>
#include <utility>

namespace zo {
namespace {

constexpr double kLonger = 4.0, kShorter = 1.0 / 8.0, kBack = 0.25;
constexpr int kTrials = 10;       // at most, of lengths that are too long: nine decades
constexpr double kLeast = 1e-12;  // of the first length: no step is felt below

}  // namespace

Pace::Pace(TracedOracle& oracle, const Leg& leg, std::int64_t calls)
    : oracle_(oracle), leg_(leg), short_(std::clamp<std::int64_t>(calls / 50, 20, 200)) {}

/// Runs a leg from the start. False, too, where the run is over.
bool Pace::ends_lower(double lr, std::int64_t calls) {
  if (oracle_.theta() != start_) oracle_.restart(start_, value_);
  const std::int64_t moves = oracle_.moves();
  const std::string reason = leg_(lr, calls);
  still_ = reason.empty() && oracle_.moves() == moves ? still_ + 1 : 0;
  if (!reason.empty() && reason != "rejected") {
    reason_ = reason;
    return false;
  }
  if (reason == "rejected") return false;
  end_value_ = oracle_.value();
  end_ = oracle_.theta();
  if (!(end_value_ < value_)) return false;
  length_ = lr;
  return true;
}

double Pace::first_length(double lr) {
  double found = lr;
  for (int trial = 0; trial < kTrials && reason_.empty(); ++trial, found *= kShorter) {
    if (!ends_lower(found, short_)) continue;
    std::vector<double> end = end_;
    double value = end_value_;
    while (trial == 0 && ends_lower(found * kLonger, short_) && end_value_ < value) {
      found *= kLonger;
      value = end_value_;
      end = end_;
    }
    start_ = std::move(end);
    value_ = value;
    return found;
  }
  return lr;
}

std::string Pace::run(double lr) {
  start_ = oracle_.theta();
  value_ = oracle_.value();
  const double first = first_length(lr);
  std::int64_t calls = 2 * short_;
  for (double length = first; reason_.empty();) {
    if (still_ >= kTrials) return "converged";
    if (ends_lower(length, calls)) {
      start_ = std::move(end_);
      value_ = end_value_;
      calls *= 2;
    } else {
      length *= kBack;
      calls = short_;
    }
    if (length < kLeast * first) return "stalled";
  }
  return reason_;
}

}  // namespace zo
