#include "src/run/divergence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace zo {

namespace {

/// NaN has a sign that says nothing.
double without_sign_of_nan(double value) { return std::isnan(value) ? NAN : value; }

}  // namespace

DivergenceWatch::DivergenceWatch(std::span<const double> start) : limit_(kWeight) {
  for (const double entry : start) limit_ = std::max(limit_, kGrowth * std::abs(entry));
}

void DivergenceWatch::see(const StepReport& report, std::int64_t queries) {
  last_.clear();
  if (2 * report.dropped >= queries && report.dropped > 0) {
    last_ = fmt::format("{} of the {} losses of a step were not finite", report.dropped, queries);
  } else if (!std::isfinite(report.loss)) {
    last_ = fmt::format("the loss was {}", without_sign_of_nan(report.loss));
  } else if (report.loss > kLoss) {
    last_ = fmt::format("the loss was {:.3g}, above {:g}", report.loss, kLoss);
  } else if (report.no_descent) {
    last_ = "no length of the step lowered the loss";
  } else if (report.rejected) {
    last_ = "the step that followed from finite losses was not finite or too long";
  }
  bad_in_row_ = last_.empty() || report.rejected ? 0 : bad_in_row_ + 1;
}

void DivergenceWatch::look_at(std::span<const double> theta) {
  for (const double entry : theta) {
    if (std::abs(entry) <= limit_) continue;
    range_ = fmt::format("a weight is {:.3g}, beyond {:.3g}", without_sign_of_nan(entry), limit_);
    return;
  }
  range_.clear();
}

std::string DivergenceWatch::verdict(bool at_the_end) const {
  if (!range_.empty()) return range_;
  if (bad_in_row_ < (at_the_end ? kAtTheEnd : kPatience)) return "";
  return fmt::format("{}, for {} steps in a row", last_, bad_in_row_);
}

}  // namespace zo
