#pragma once
#include <cstdint>
#include <cstring>

#include "src/base/hd.h"

namespace zo {

/// bfloat16: the upper half of a float32. Only a way of keeping numbers; arithmetic is in float32.
struct Bf16 {
  std::uint16_t bits;
};

ZO_HD inline float to_float(Bf16 value) {
  const std::uint32_t bits = static_cast<std::uint32_t>(value.bits) << 16;
  float result = 0.0F;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

/// The nearest bfloat16, ties to even; a NaN stays one.
ZO_HD inline Bf16 to_bf16(float value) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  Bf16 result;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(result.bits) : "f"(value));
  return result;
#else
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  if (value != value) return {static_cast<std::uint16_t>((bits >> 16) | 0x40U)};
  return {static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16)};
#endif
}

}  // namespace zo
