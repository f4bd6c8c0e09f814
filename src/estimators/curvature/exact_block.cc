#include "src/estimators/curvature/exact_block.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "src/estimators/state_fields.h"

namespace zo {

void HessianProbes::save(State& state, const std::string& prefix) const {
  state[prefix + ".minus"] = minus;
  state[prefix + ".plus"] = plus;
  state[prefix + ".difference"] = difference;
}

HessianProbes HessianProbes::load(const State& state, const std::string& prefix) {
  HessianProbes probes;
  probes.minus = state_reals(state, prefix + ".minus");
  probes.plus = state_reals(state, prefix + ".plus", probes.minus.size());
  probes.difference = state_reals(state, prefix + ".difference");
  return probes;
}

HessianProbes plan_steps(const LossOracle& oracle,
                         std::span<const std::int64_t> coordinates,
                         std::span<const double> x,
                         double radius) {
  HessianProbes planned;
  for (std::size_t s = 0; s < x.size(); ++s) {
    planned.minus.push_back(oracle.reached(coordinates[s], x[s], -radius) - x[s]);
    planned.plus.push_back(oracle.reached(coordinates[s], x[s], radius) - x[s]);
  }
  return planned;
}

std::int64_t exact_count(const Subspace& subspace) {
  std::int64_t count = 0;
  for (std::int64_t j = 0; j < subspace.blocks(); ++j) {
    count += subspace.length(j) * (subspace.length(j) + 1) / 2;
  }
  return count;
}

HessianProbes plan_exact(const LossOracle& oracle,
                         const Subspace& subspace,
                         const Record& record,
                         double radius,
                         std::vector<Probe>& probes) {
  const auto& at = subspace.coordinates;
  for (std::int64_t j = 0; j < subspace.blocks(); ++j) {
    const std::int64_t first = subspace.first(j), end = first + subspace.length(j);
    for (std::int64_t i = first; i < end; ++i) probes.push_back(coordinate_probe(at[i], -radius));
    for (std::int64_t i = first; i < end; ++i) {
      for (std::int64_t k = first; k < i; ++k) {
        probes.push_back(pair_probe({at[i], radius}, {at[k], radius}));
      }
    }
  }
  return plan_steps(oracle, at, record.x, radius);
}

void estimate_exact(const Subspace& subspace,
                    const Record& record,
                    const HessianProbes& probes,
                    std::span<double> packed) {
  std::vector<double> h(packed.size() ? subspace.packed() : 0), slope(subspace.block);
  std::size_t next = 0;
  for (std::int64_t j = 0; j < subspace.blocks(); ++j) {
    const std::int64_t first = subspace.first(j), length = subspace.length(j);
    std::fill(h.begin(), h.end(), 0.0);
    for (std::int64_t i = 0; i < length; ++i) {
      const double up = record.step[first + i], down = probes.minus[first + i];
      const double rise = record.difference[first + i] / up,
                   fall = probes.difference[next++] / down;
      const double curvature = 2.0 * (rise - fall) / (up - down);
      h[packed_index(i, i)] = curvature;
      slope[i] = rise - 0.5 * up * curvature;
    }
    const auto along = [&](std::int64_t i) {  // change of the loss at +l on slot i alone
      const double step = probes.plus[first + i];
      return step * (slope[i] + 0.5 * step * h[packed_index(i, i)]);
    };
    for (std::int64_t i = 0; i < length; ++i) {
      for (std::int64_t k = 0; k < i; ++k) {
        const double mixed = probes.difference[next++] - along(i) - along(k);
        h[packed_index(i, k)] = mixed / (probes.plus[first + i] * probes.plus[first + k]);
      }
    }
    const bool finite = std::all_of(h.begin(), h.end(), [](double x) { return std::isfinite(x); });
    if (!finite) std::fill(h.begin(), h.end(), std::numeric_limits<double>::quiet_NaN());
    std::copy(h.begin(), h.end(), packed.begin() + j * subspace.packed());
  }
}

}  // namespace zo
