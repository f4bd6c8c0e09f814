#include "src/delta/stacked/oracle.h"

#include <utility>

#include "src/delta/delta_oracle.h"
#include "src/delta/stacked/engine.h"
#include "src/network/cuda_device.h"

namespace zo {

std::unique_ptr<NetworkOracle> make_stacked_oracle(Network network,
                                                   const Weights& weights,
                                                   BatchFunction batches,
                                                   OracleConfig config,
                                                   const StackedTables& tables,
                                                   std::int64_t wave_bytes) {
  open_device(config.device);  // the tables are empty where there is none
  return with_types(config, [&](auto number, auto kept) -> std::unique_ptr<NetworkOracle> {
    using T = decltype(number);
    using S = decltype(kept);
    return std::make_unique<DeltaOracle<StackedEngine<T, S>>>(
        std::move(network), weights, std::move(batches), config, tables.table<T, S>(), wave_bytes);
  });
}

}  // namespace zo
