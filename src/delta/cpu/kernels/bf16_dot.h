#pragma once
// Sums of products of pairs by AVX-512 BF16: one instruction adds two products to a lane.
#include <immintrin.h>

#include "src/delta/cpu/kernels/delta_kernels_body.h"

namespace zo::ZO_ISA {

constexpr int kBf16Outs = 8;
constexpr int kPairedBlocks = 1, kPairedPixels = 2, kSinglePixels = 2;
constexpr bool kBf16First =
    false;  // Winograd's saved products outweigh two products an instruction

struct Bf16Session {
  explicit Bf16Session(const Bf16ConvLayout&) {}
};

/// sums[pixel · outs + output] of 8 outputs and P pixels. `weights` is the block of these outputs,
/// `in` the upper left tap of the first pixel; the next pixel is `stride` vectors on, the next pair
/// `line`.
template <int Blocks, int P>
ZO_INLINE void bf16_products(const Bf16ConvLayout& layout,
                             const Bf16* weights,
                             std::int64_t,
                             const void* in,
                             std::int64_t stride,
                             std::int64_t line,
                             Vec<float>* sums) {
  static_assert(Blocks == 1);
  const auto* pairs = static_cast<const __m512i*>(in);
  const auto* words = reinterpret_cast<const std::int32_t*>(weights);
  const std::int64_t depth = layout.depth;
  __m512 sum[P][kBf16Outs];
#pragma GCC unroll 2
  for (int p = 0; p < P; ++p) {
#pragma GCC unroll 8
    for (int k = 0; k < kBf16Outs; ++k) sum[p][k] = _mm512_setzero_ps();
  }
  for (int column = 0; column < 3; ++column) {
    const __m512i* at = pairs + column;
    for (int step = 0; step < layout.steps; ++step, words += kBf16Outs * depth) {
      for (int d = 0; d < depth; ++d, at += line) {
        __m512bh x[P];
#pragma GCC unroll 2
        for (int p = 0; p < P; ++p) x[p] = reinterpret_cast<__m512bh>(at[p * stride]);
#pragma GCC unroll 8
        for (int k = 0; k < kBf16Outs; ++k) {
          const auto w = reinterpret_cast<__m512bh>(_mm512_set1_epi32(words[k * depth + d]));
#pragma GCC unroll 2
          for (int p = 0; p < P; ++p) sum[p][k] = _mm512_dpbf16_ps(sum[p][k], x[p], w);
        }
      }
    }
  }
#pragma GCC unroll 2
  for (int p = 0; p < P; ++p) {
#pragma GCC unroll 8
    for (int k = 0; k < kBf16Outs; ++k) sums[p * kBf16Outs + k] = sum[p][k];
  }
}

}  // namespace zo::ZO_ISA
