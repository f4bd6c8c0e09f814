#pragma once
#include <cstdint>
#include <memory>

#include "src/network/network_oracle.h"

namespace zo {

/// `fast`, watched by `truth`: `checks` probes of every list, drawn by the counter generator, are
/// also computed by `truth`, and so is every base loss. Throws Error(Run) that names the probe when
/// the change of the loss against the base differs by more than rounding allows: 4e-6 (float32) or
/// 1e-11 (float64) of the loss. The losses given out are those of `fast`; the ones of `truth` count
/// as report-only. Both must start from the same weights and batches.
std::unique_ptr<NetworkOracle> make_checked_oracle(std::unique_ptr<NetworkOracle> fast,
                                                   std::unique_ptr<NetworkOracle> truth,
                                                   std::int64_t checks);

}  // namespace zo
