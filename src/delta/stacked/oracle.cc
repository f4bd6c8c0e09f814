#include "src/delta/stacked/oracle.h"

#include <utility>

#include "src/delta/delta_oracle.h"
#include "src/delta/stacked/cuda/kernels.h"
#include "src/delta/stacked/engine.h"
#include "src/network/cuda_device.h"

namespace zo {

std::unique_ptr<NetworkOracle> make_stacked_oracle(Network network,
                                                   const Weights& weights,
                                                   BatchFunction batches,
                                                   OracleConfig config,
                                                   std::int64_t wave_bytes) {
  open_device(config.device);  // the tables are empty where there is none
  return with_types(config, [&](auto number, auto kept) -> std::unique_ptr<NetworkOracle> {
    using T = decltype(number);
    using S = decltype(kept);
    const auto& kernels = config.device == Device::Cuda ? cuda_stacked_kernels().table<T, S>()
                                                        : cpu_stacked_kernels<T, S>();
    return std::make_unique<DeltaOracle<StackedEngine<T, S>>>(
        std::move(network), weights, std::move(batches), config, kernels, wave_bytes);
  });
}

}  // namespace zo
