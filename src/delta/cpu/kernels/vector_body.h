#pragma once
// The vector type of one instruction set. A translation unit defines ZO_ISA (a namespace),
// ZO_VECTOR_BYTES and ZO_OUT_BLOCK, and then includes the bodies; nothing in them may be an inline
// function of a shared header, or the linker could pick a copy that this processor cannot run.
#include <concepts>
#include <cstdint>

#include "src/kernels/bf16.h"

#define ZO_INLINE inline __attribute__((always_inline))

namespace zo::ZO_ISA {

template <std::floating_point T>
struct VectorOf {
  typedef T type __attribute__((vector_size(ZO_VECTOR_BYTES), aligned(ZO_VECTOR_BYTES), may_alias));
};
template <class T>
using Vec = typename VectorOf<T>::type;

template <class T>
constexpr int kLanes = ZO_VECTOR_BYTES / static_cast<int>(sizeof(T));
constexpr int kOutBlock = ZO_OUT_BLOCK;

/// Reads and writes the kept form of vector number `vector`.
template <std::floating_point T>
ZO_INLINE Vec<T> load(const T* values, std::int64_t vector) {
  return reinterpret_cast<const Vec<T>*>(values)[vector];
}
template <std::floating_point T>
ZO_INLINE void store(T* values, std::int64_t vector, Vec<T> value) {
  reinterpret_cast<Vec<T>*>(values)[vector] = value;
}

/// The same for bfloat16; storing rounds to nearest, ties to even.
typedef std::uint16_t HalfWords
    __attribute__((vector_size(ZO_VECTOR_BYTES / 2), aligned(ZO_VECTOR_BYTES / 2), may_alias));
typedef std::uint32_t Words __attribute__((vector_size(ZO_VECTOR_BYTES)));
ZO_INLINE Vec<float> load(const Bf16* values, std::int64_t vector) {
  const HalfWords words = reinterpret_cast<const HalfWords*>(values)[vector];
  return reinterpret_cast<Vec<float>>(__builtin_convertvector(words, Words) << 16);
}
ZO_INLINE void store(Bf16* values, std::int64_t vector, Vec<float> value) {
  const Words words = reinterpret_cast<Words>(value);
  const Words rounded = (words + 0x7FFFu + ((words >> 16) & 1u)) >> 16;
  reinterpret_cast<HalfWords*>(values)[vector] = __builtin_convertvector(rounded, HalfWords);
}

template <class T>
ZO_INLINE Vec<T> spread(T value) {
  return value - Vec<T>{};
}

}  // namespace zo::ZO_ISA
