#include "src/delta/cpu/oracle.h"

#include <utility>

#include "src/delta/cpu/engine.h"
#include "src/delta/delta_oracle.h"

namespace zo {

std::unique_ptr<NetworkOracle> make_cpu_oracle(Network network,
                                               const Weights& weights,
                                               BatchFunction batches,
                                               OracleConfig config) {
  return with_types(config, [&](auto number, auto kept) -> std::unique_ptr<NetworkOracle> {
    return std::make_unique<DeltaOracle<CpuEngine<decltype(number), decltype(kept)>>>(
        std::move(network), weights, std::move(batches), config);
  });
}

}  // namespace zo
