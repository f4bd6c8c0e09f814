#include "src/delta/oracle.h"

#include <utility>

#include "src/delta/cpu/oracle.h"
#include "src/delta/stacked/oracle.h"

namespace zo {

std::unique_ptr<NetworkOracle> make_delta_oracle(Network network,
                                                 const Weights& weights,
                                                 BatchFunction batches,
                                                 OracleConfig config) {
  if (config.device.is_cuda()) {
    return make_stacked_oracle(
        std::move(network), weights, std::move(batches), config, cuda_stacked_tables());
  }
  return make_cpu_oracle(std::move(network), weights, std::move(batches), config);
}

}  // namespace zo
