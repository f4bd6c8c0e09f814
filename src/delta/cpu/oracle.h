#pragma once
#include <memory>

#include "src/network/network_oracle.h"

namespace zo {

/// make_delta_oracle on the CPU, in own kernels. Losses depend neither on config.threads nor on the
/// order or grouping of the probes.
std::unique_ptr<NetworkOracle> make_cpu_oracle(Network network,
                                               const Weights& weights,
                                               BatchFunction batches,
                                               OracleConfig config);

}  // namespace zo
