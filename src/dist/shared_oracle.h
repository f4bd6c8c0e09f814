#pragma once
#include <memory>

#include "src/dist/communicator.h"
#include "src/network/network_oracle.h"

namespace zo {

/// Seconds that ranks spent on their shares of the lists since someone last looked.
struct RankTimes {
  double slowest = 0.0, mean = 0.0;  // sums over lists
  /// By how much the slowest rank was behind the mean; 0 when they were equal.
  double imbalance() const { return mean > 0.0 ? slowest / mean - 1.0 : 0.0; }
};

/// `own`, whose lists of probes are computed by all ranks together: each has θ and the batch, takes
/// its share by effort, and receives the losses of the others, so that every rank goes on with the
/// same numbers. As no loss depends on how probes are grouped, they are those of `own` alone, bit for
/// bit. Base losses and gradients are computed by everyone. The ledger counts what the method asked
/// for, on every rank the same. `ranks` and `times` must outlive it.
std::unique_ptr<NetworkOracle> make_shared_oracle(std::unique_ptr<NetworkOracle> own,
                                                  const Communicator& ranks,
                                                  RankTimes& times);

}  // namespace zo
