#include "src/delta/stacked/oracle.h"

#include <utility>

#include "src/delta/delta_oracle.h"
#include "src/delta/stacked/engine.h"
#include "src/kernels/cuda/library.h"
#include "src/network/cuda_device.h"

namespace zo {
namespace {

std::int64_t usual_wave_bytes(Device device) {
  constexpr std::int64_t kOnTheCpu = std::int64_t{16} << 20;
  return device.is_cuda() ? cuda_library().l2_bytes(device.gpu) / 2 : kOnTheCpu;
}

}  // namespace

std::unique_ptr<NetworkOracle> make_stacked_oracle(Network network,
                                                   const Weights& weights,
                                                   BatchFunction batches,
                                                   OracleConfig config,
                                                   const StackedTables& tables) {
  open_device(config.device);  // the tables are empty where there is none
  if (config.wave_bytes == 0) config.wave_bytes = usual_wave_bytes(config.device);
  return with_types(config, [&](auto number, auto kept) -> std::unique_ptr<NetworkOracle> {
    using T = decltype(number);
    using S = decltype(kept);
    return std::make_unique<DeltaOracle<StackedEngine<T, S>>>(
        std::move(network), weights, std::move(batches), config, tables.table<T, S>());
  });
}

}  // namespace zo
