#pragma once
#include <memory>

#include "src/delta/stacked/table.h"
#include "src/network/network_oracle.h"

namespace zo {

/// make_delta_oracle on tensors (architecture.md, "CUDA"), with the probes of a wave stacked along
/// the batch axis of LibTorch's convolutions. It runs where config.device says, with `tables` of
/// that device; on the CPU it is there to be tested. Waves have as many places as
/// config.wave_bytes allow, whether they are filled or not, so losses depend neither on order nor on
/// grouping. By default half of a GPU's L2 cache: what a convolution reads and writes then fits it
/// together. config.threads has no effect.
std::unique_ptr<NetworkOracle> make_stacked_oracle(Network network,
                                                   const Weights& weights,
                                                   BatchFunction batches,
                                                   OracleConfig config,
                                                   const StackedTables& tables);

}  // namespace zo
