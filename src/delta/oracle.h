#pragma once
#include <memory>

#include "src/network/network_oracle.h"

namespace zo {

/// Exact losses of sparse probes at a small part of a forward pass (architecture.md, "The delta
/// oracle"): only what an edit changes is computed, as a difference to activations cached at the
/// base point. Probes are sorted by the layer they enter at and cut into waves of a size fixed for
/// that layer before the threads get them, dearest first. Dense probes take a whole forward pass
/// each. config.device decides the engine: own kernels with the processor's widest vectors on the
/// CPU (losses depend on which, not on threads, order or grouping), stacked tensors on a GPU.
/// Throws Error(Usage) for a network that is not made of units (plan.h), for bf16 differences in
/// float64 and where there is no such device.
std::unique_ptr<NetworkOracle> make_delta_oracle(Network network,
                                                 const Weights& weights,
                                                 BatchFunction batches,
                                                 OracleConfig config);

}  // namespace zo
