#pragma once
#include <cstdint>

namespace zo {

/// bfloat16: the upper half of a float32. Only a way of keeping numbers; arithmetic is in float32.
struct Bf16 {
  std::uint16_t bits;
};

}  // namespace zo
