#include "src/estimators/coordinate_cache.h"

#include <cmath>
#include <limits>

#include "src/estimators/state_fields.h"

namespace zo {

CoordinateCache::CoordinateCache(std::int64_t dimension)
    : curvature_(dimension, 0.0), status_(dimension, kNever) {}

double CoordinateCache::curvature(std::int64_t coordinate) const {
  return status_[coordinate] == kKnown ? curvature_[coordinate]
                                       : std::numeric_limits<double>::quiet_NaN();
}

void CoordinateCache::plan(const LossOracle& oracle,
                           std::span<const std::int64_t> coordinates,
                           const Record& record,
                           double radius,
                           std::vector<Probe>& probes) {
  planned_.clear();
  for (std::size_t s = 0; s < coordinates.size(); ++s) {
    const std::int64_t i = coordinates[s];
    if (status_[i] != kNever) continue;
    const double x = record.x[s];
    planned_.push_back({i, static_cast<std::int64_t>(s), oracle.stored(x - radius) - x});
    probes.push_back(coordinate_probe(i, -radius));
  }
}

void CoordinateCache::absorb(const Record& record, std::span<const double> differences) {
  for (std::size_t k = 0; k < planned_.size(); ++k) {
    const auto [i, slot, down] = planned_[k];
    const double up = record.step[slot];
    const double rise = record.difference[slot] / up, fall = differences[k] / down;
    const double curvature = 2.0 * (rise - fall) / (up - down);
    status_[i] = std::isfinite(curvature) ? kKnown : kFailed;
    if (status_[i] == kKnown) curvature_[i] = curvature;
  }
  planned_.clear();
}

void CoordinateCache::save(State& state) const {
  state["cache.curvature"] = curvature_;
  state["cache.status"] = status_;
}

void CoordinateCache::load(const State& state) {
  curvature_ = state_reals(state, "cache.curvature", curvature_.size());
  status_ = state_integers(state, "cache.status", status_.size());
}

}  // namespace zo
