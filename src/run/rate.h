#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "src/base/layout.h"
#include "src/oracle/loss_oracle.h"

namespace zo {

/// `count` probes of one coordinate each, one drawn in every 1/count of the coordinates of
/// `segments`, so that a list of any length has every layer in its share.
std::vector<Probe> uniform_probes(const Layout& layout,
                                  const std::vector<int>& segments,
                                  std::int64_t count);

/// `count` probes along Gaussian directions.
std::vector<Probe> dense_probes(std::int64_t count);

/// Losses a second of lists that `make(count)` gives, the list grown until one takes `seconds` (a
/// fast oracle works on many probes at once and a short list would not show it). The base loss is
/// known before the clock starts.
double losses_per_second(LossOracle& oracle,
                         const std::function<std::vector<Probe>(std::int64_t)>& make,
                         double seconds);

}  // namespace zo
