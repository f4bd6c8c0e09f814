#pragma once
#include <span>
#include <vector>

#include "src/base/state.h"
#include "src/estimators/cge.h"
#include "src/estimators/subspace.h"

namespace zo {

/// Probes asked only for curvature, around the base point of a Record. Displacements are those
/// really taken.
struct HessianProbes {
  std::vector<double> minus, plus;  // a slot: steps really taken by −l and by +l
  std::vector<double> difference;   // loss minus base, in the order planned; NaN where not finite

  void save(State& state, const std::string& prefix) const;
  static HessianProbes load(const State& state, const std::string& prefix);
};

/// Steps ±`radius` at the values `x` of `coordinates`, as `oracle` takes them; no probes yet.
HessianProbes plan_steps(const LossOracle& oracle,
                         std::span<const std::int64_t> coordinates,
                         std::span<const double> x,
                         double radius);

/// Probes of the exact block (methods.md 1.6, E3, and 1.11a for b > 2): −l e_i for every slot of a
/// block, then l e_i + l e_k for every k < i; b(b+1)/2 a block.
std::int64_t exact_count(const Subspace& subspace);
HessianProbes plan_exact(const LossOracle& oracle,
                         const Subspace& subspace,
                         const Record& record,
                         double radius,
                         std::vector<Probe>& probes);

/// Second divided differences from the forward probes of `record` (Pattern::Forward) and the probes
/// of plan_exact: exact on quadratics for any steps. Writes the packed blocks to `packed`; a block
/// with a loss that is not finite becomes NaN as a whole.
void estimate_exact(const Subspace& subspace,
                    const Record& record,
                    const HessianProbes& probes,
                    std::span<double> packed);

}  // namespace zo
