#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "src/base/state.h"
#include "src/estimators/cge.h"
#include "src/estimators/curvature/curvature.h"

namespace zo {

/// Diagonal blocks of curvatures that a CoordinateCache measures once in the run.
std::unique_ptr<Curvature> make_cached(const CurvatureOptions& options);

/// Curvature ∂_ii f of single coordinates, measured on a coordinate's first visit by one probe at
/// −l beside its gradient probe, and remembered for the run (our extension of ZO-SAH's reuse:
/// nothing is reused that another coordinate's move spoils). A coordinate whose measurement was not
/// finite has none and is not asked again.
class CoordinateCache {
 public:
  explicit CoordinateCache(std::int64_t dimension);

  /// Appends the probe −`radius` of every coordinate that was never visited, in order.
  void plan(const LossOracle& oracle,
            std::span<const std::int64_t> coordinates,
            const Record& record,
            double radius,
            std::vector<Probe>& probes);
  /// Takes the losses of plan()'s probes minus the base; `record` holds the filled gradient probes.
  /// Second divided difference, exact on quadratics for any steps.
  void absorb(const Record& record, std::span<const double> differences);
  /// ∂_ii f at the point of the first visit; NaN where it is not known.
  double curvature(std::int64_t coordinate) const;

  void save(State& state) const;
  void load(const State& state);

 private:
  struct Planned {
    std::int64_t coordinate, slot;
    double step;  // displacement really taken, negative
  };
  static constexpr std::int64_t kNever = 0, kKnown = 1, kFailed = 2;
  std::vector<double> curvature_;     // length d; 0 where not known
  std::vector<std::int64_t> status_;  // length d
  std::vector<Planned> planned_;
};

}  // namespace zo
