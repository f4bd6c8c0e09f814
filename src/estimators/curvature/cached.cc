#include "src/estimators/curvature/cached.h"

#include <cmath>
#include <limits>

#include "src/base/error.h"
#include "src/estimators/curvature/refusals.h"
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
    planned_.push_back({i, static_cast<std::int64_t>(s), oracle.reached(i, x, -radius) - x});
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

namespace {

class CachedCurvature final : public Curvature {
 public:
  CachedCurvature(double radius, std::int64_t dimension) : radius_(radius), cache_(dimension) {}

  void check(const CurvatureUse& use) const override {
    if (!use.pairing.empty()) {
      fail_usage(
          "--pairing {}: --hessian cached knows no couplings; give --hessian lazy or --pairing "
          "random",
          use.pairing);
    }
    refuse_adaptive_order(use, "cached");
    refuse_larger_blocks(use, "cached");
  }
  bool visits_all_first() const override { return true; }
  std::int64_t fresh_probes(const Subspace&) const override { return 0; }
  void plan(const LossOracle& oracle,
            const Subspace& subspace,
            const Record& record,
            std::int64_t,
            std::vector<Probe>& probes) override {
    cache_.plan(oracle, subspace.coordinates, record, radius_, probes);
  }
  void estimate(const PeriodView& period,
                std::vector<double> differences,
                std::span<double> packed) override {
    cache_.absorb(period.records[0], differences);
    const Subspace& subspace = period.subspace;
    for (std::int64_t s = 0; s < subspace.size(); ++s) {
      packed[subspace.diagonal(s)] = cache_.curvature(subspace.coordinates[s]);
    }
  }
  void save(State& state) const override { cache_.save(state); }
  void load(const State& state) override { cache_.load(state); }

 private:
  double radius_;
  CoordinateCache cache_;
};

}  // namespace

std::unique_ptr<Curvature> make_cached(const CurvatureOptions& options) {
  return std::make_unique<CachedCurvature>(options.radius, options.dimension);
}

}  // namespace zo
