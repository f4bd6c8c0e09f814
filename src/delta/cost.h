#pragma once
#include <cstdint>

#include "models/network.h"
#include "src/delta/plan.h"
#include "src/oracle/probe.h"

namespace zo {

/// Multiply-adds for one picture that the loss of `probe` needs once the base point is cached: one
/// a pixel and edited weight, the changed input channels of the layer behind the entry, and every
/// later layer in full, all counted as plain sums of products.
std::int64_t probe_multiply_adds(const DeltaPlan& plan, const SparseProbe& probe);
/// The same; throws Error(Usage) for a network that the delta oracle cannot cut into units.
std::int64_t probe_multiply_adds(const Network& network, const SparseProbe& probe);
/// Mean over all coordinates of θ, one edit a probe.
double mean_probe_multiply_adds(const DeltaPlan& plan);

}  // namespace zo
