#pragma once
#include <memory>

#include "src/network/network_oracle.h"

namespace zo {

/// Exact losses of sparse probes at a small part of a forward pass (architecture.md, "The delta
/// oracle"): only what an edit changes is computed, as a difference to activations cached at the
/// base point. Probes are sorted by the layer they enter at and cut into waves of a size fixed for
/// that layer before the threads get them, dearest first. Dense probes take a whole forward pass
/// each, side by side. The processor's widest vectors are used; losses depend on which (not on
/// threads, order or grouping). Throws Error(Usage) for a network that is not made of units
/// (delta_plan.h).
std::unique_ptr<NetworkOracle> make_delta_oracle(Network network,
                                                 const Weights& weights,
                                                 BatchFunction batches,
                                                 OracleConfig config);

}  // namespace zo
