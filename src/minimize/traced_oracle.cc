#include "src/minimize/traced_oracle.h"

#include <algorithm>

#include "src/base/error.h"

namespace zo {
namespace {

bool is_zero(const Update& update) {
  const auto zero = [](const auto& parts, auto size) {
    return std::all_of(
        parts.begin(), parts.end(), [&](const auto& part) { return size(part) == 0.0; });
  };
  return zero(update.edits, [](const Edit& edit) { return edit.delta; }) &&
         zero(update.dense, [](double delta) { return delta; }) &&
         zero(update.directions, [](const DenseProbe& probe) { return probe.scale; });
}

}  // namespace

std::vector<double> checked_values(const ValuesFunction& many,
                                   std::span<const double> points,
                                   std::size_t count) {
  std::vector<double> values = many(points, count);
  if (values.size() != count) {
    fail_run("the function gave {} values for {} points; it must give one for each",
             values.size(),
             count);
  }
  return values;
}

double TracedOracle::do_base() {
  const std::vector<double> x = theta();
  if (known_ && !kept_) {
    if (reported_) count_report(-1);
    reported_ = false;
  } else {
    known_ = function_(x);
  }
  kept_ = false;
  trace_.see(*known_, x, ledger().queries() + 1);
  return *known_;
}

void TracedOracle::do_move(const Update& update) {
  FunctionOracle::do_move(update);
  moves_ += is_zero(update) ? 0 : 1;
  known_.reset();
  reported_ = kept_ = false;
}

double TracedOracle::value() {
  report_value();
  return *known_;
}

void TracedOracle::restart(const std::vector<double>& x, double value) {
  place(x);
  begin_batch(0);
  known_ = value;
  reported_ = false;
  kept_ = true;
}

void TracedOracle::report_value() {
  if (known_) return;
  const std::vector<double> x = theta();
  known_ = function_(x);
  reported_ = true;
  count_report(1);
  trace_.see(*known_, x, ledger().queries());
}

void TracedBatchOracle::do_evaluate(std::span<const Probe> probes,
                                    std::span<double> losses,
                                    std::span<double> /*rows*/) {
  const std::vector<double> x = theta();
  const std::size_t group = std::max<std::size_t>(1, kGroupBytes / (sizeof(double) * x.size()));
  for (std::size_t first = 0; first < probes.size(); first += group) {
    const std::size_t count = std::min(group, probes.size() - first);
    std::vector<double> points;
    points.reserve(count * x.size());
    for (const Probe& probe : probes.subspan(first, count)) {
      points.insert(points.end(), x.begin(), x.end());
      go_to(probe, std::span(points).last(x.size()));
    }
    const auto values = checked_values(many_, points, count);
    std::copy(values.begin(), values.end(), losses.begin() + static_cast<std::ptrdiff_t>(first));
  }
}

}  // namespace zo
