#include "src/minimize/trace.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace zo {

Trace::Trace(const MinimizeSettings& settings, std::vector<double> start, double start_value)
    : settings_(settings), reference_(start_value) {
  result_.start_value = result_.best = start_value;
  result_.x = std::move(start);
  for (const double target : settings.targets) result_.targets.push_back({target, std::nullopt});
  if (settings.keep_path) result_.path.push_back({0, start_value, result_.x});
}

void Trace::see(double value, std::span<const double> x, std::int64_t queries) {
  if (!std::isfinite(value)) return;
  if (settings_.keep_path) result_.path.push_back({queries, value, {x.begin(), x.end()}});
  if (value < result_.best) {
    result_.best = value;
    result_.x.assign(x.begin(), x.end());
  }
  if (value < reference_ - settings_.tolerance) {
    reference_ = value;
    reference_at_ = queries;
  }
  for (auto& reached : result_.targets) {
    if (!reached.queries && value <= reached.target) reached.queries = queries;
  }
}

void Trace::tell(std::int64_t steps, std::int64_t calls) {
  if (!settings_.callback) return;
  told_to_stop_ = settings_.callback({steps, calls, result_.best, result_.x}) || told_to_stop_;
}

std::string Trace::stop_reason(std::int64_t queries) const {
  const bool all = !settings_.targets.empty() &&
                   std::all_of(result_.targets.begin(), result_.targets.end(), [](const auto& t) {
                     return t.queries.has_value();
                   });
  if (settings_.target ? result_.best <= *settings_.target : all) return "target";
  if (settings_.patience > 0 && queries - reference_at_ > settings_.patience) return "stalled";
  const bool stopped = told_to_stop_ || (settings_.should_stop && settings_.should_stop());
  return stopped ? "stopped" : "";
}

double Trace::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

}  // namespace zo
