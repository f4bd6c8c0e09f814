#pragma once
#include <cstdint>

#include "src/base/hd.h"
#include "src/base/philox.h"

namespace zo {

/// Law of the entries of a seeded direction: standard normal, or ±1 with equal chance.
enum class Law { Gaussian, Rademacher };

/// Entry `index` of the direction D(seed): a pure function, so a direction is never stored.
ZO_HD inline double direction_value(std::uint64_t seed, Law law, std::int64_t index) {
  const Philox stream(seed, Purpose::Dense);
  const auto i = static_cast<std::uint64_t>(index);
  if (law == Law::Gaussian) return stream.normal(i);
  // One bit a coordinate: 64 coordinates share one draw.
  return ((stream.bits(i >> 6) >> (i & 63)) & 1) != 0 ? 1.0 : -1.0;
}

}  // namespace zo
