#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "src/base/state.h"
#include "src/oracle/loss_oracle.h"

namespace zo {

/// Where the two gradient probes of a pair (a, b) stand; a single coordinate uses its first half.
enum class Pattern : std::int64_t {
  Forward = 0,   // (ε, 0), (0, ε)
  Backward = 1,  // (−ε, 0), (0, −ε)
  Stair = 2,     // (ε, 0), (ε, ε)
};

/// One probe a coordinate at one base point: all that later steps may reuse of it. Slot s is entry
/// s of the coordinate list the record was planned for.
struct Record {
  double base = 0.0;
  Pattern pattern = Pattern::Forward;
  std::vector<double> x;     // values of the coordinates at the base point
  std::vector<double> step;  // displacement really taken, signed: LossOracle::reached(x, ε) − x
  std::vector<double>
      difference;  // loss at the probe minus `base`; NaN where the probe was dropped

  /// Probe of slot s gave a finite loss at a point other than the base.
  bool good(std::int64_t s) const;
  std::int64_t dropped() const;
  /// Flat form for a checkpoint, under PREFIX.x, PREFIX.step, …
  void save(State& state, const std::string& prefix) const;
  static Record load(const State& state, const std::string& prefix);
};

/// Appends one probe a coordinate to `probes`, in order, and returns the record that awaits their
/// losses. Slots are paired (0, 1), (2, 3), … for Pattern::Stair.
Record plan_record(const LossOracle& oracle,
                   std::span<const std::int64_t> coordinates,
                   double eps,
                   Pattern pattern,
                   std::vector<Probe>& probes);

/// Fills in base and differences from the probes' losses (as many as the record has slots).
void fill_record(Record& record, double base, std::span<const double> losses);

/// Coordinate-wise gradient estimate (CGE, DeepZero 2.1): g_i = [f(x + h_i e_i) − f(x)] / h_i on
/// the given coordinates, with h_i the step really taken. One query a coordinate besides the base
/// loss, which must be finite. Bias ½ h_i ∂_ii f. A probe whose loss is not finite gives g_i = 0
/// and counts as dropped.
struct CoordinateGradient {
  std::vector<double> gradient;  // in order of the coordinates
  std::int64_t dropped = 0;
};
CoordinateGradient cge(LossOracle& oracle, std::span<const std::int64_t> coordinates, double eps);

}  // namespace zo
