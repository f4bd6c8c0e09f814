#pragma once
#include <cstdint>
#include <memory>

#include "src/delta/stacked/table.h"
#include "src/network/network_oracle.h"

namespace zo {

/// Bytes that the differences of a wave take at one layer: 8 probes of 128 pictures at the first
/// stage of a ResNet, which is work enough for any GPU.
constexpr std::int64_t kWaveBytes = std::int64_t{64} << 20;

/// make_delta_oracle on tensors (architecture.md, "CUDA"), with the probes of a wave stacked along
/// the batch axis of LibTorch's convolutions. It runs where config.device says, with `tables` of
/// that device; on the CPU it is there to be tested. Waves have as many places as `wave_bytes`
/// allow, whether they are filled or not, so losses depend neither on order nor on grouping.
/// config.threads has no effect.
std::unique_ptr<NetworkOracle> make_stacked_oracle(Network network,
                                                   const Weights& weights,
                                                   BatchFunction batches,
                                                   OracleConfig config,
                                                   const StackedTables& tables,
                                                   std::int64_t wave_bytes = kWaveBytes);

}  // namespace zo
