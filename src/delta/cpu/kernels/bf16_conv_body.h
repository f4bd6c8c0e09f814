#pragma once
// Product::Bf16 for processors with AVX-512 BF16. A translation unit defines ZO_BF16_PRODUCTS, the
// header with the products of that processor; it says how many outputs and pixels are computed at
// once.
#include <immintrin.h>

#include "src/delta/cpu/kernels/delta_kernels_body.h"

#include ZO_BF16_PRODUCTS

namespace zo::ZO_ISA {

/// A vector of pairs: lane i holds channel c of picture i in its lower half and c + 1 in its upper.
typedef std::uint32_t PairWords __attribute__((vector_size(64), aligned(64), may_alias));

ZO_INLINE PairWords pair_words(Vec<float> even, Vec<float> odd) {
  typedef std::uint16_t Halves __attribute__((vector_size(64)));
  const auto both = reinterpret_cast<Halves>(_mm512_cvtne2ps_pbh(odd, even));
  return reinterpret_cast<PairWords>(__builtin_shufflevector(both,
                                                             both,
                                                             0,
                                                             16,
                                                             1,
                                                             17,
                                                             2,
                                                             18,
                                                             3,
                                                             19,
                                                             4,
                                                             20,
                                                             5,
                                                             21,
                                                             6,
                                                             22,
                                                             7,
                                                             23,
                                                             8,
                                                             24,
                                                             9,
                                                             25,
                                                             10,
                                                             26,
                                                             11,
                                                             27,
                                                             12,
                                                             28,
                                                             13,
                                                             29,
                                                             14,
                                                             30,
                                                             15,
                                                             31));
}

/// Rows [first, first + rows) of the ring as [row][pair][width + 2].
ZO_INLINE void pack_pairs(const RowRing<float>& ring, int first, int rows, PairWords* out) {
  const auto* in = reinterpret_cast<const Vec<float>*>(ring.data);
  const int line = ring.width + 2;
  for (int row = first; row < first + rows; ++row) {
    const std::int64_t at = ring_row(ring, row);
    for (int c = 0; c < ring.channels; c += 2, out += line) {
      const Vec<float>* even = in + c * ring.plane + at;
      // The last of an odd number meets a zero weight, whatever stands beside it.
      const Vec<float>* odd = c + 1 < ring.channels ? even + ring.plane : even;
      for (int w = 0; w < line; ++w) out[w] = pair_words(even[w], odd[w]);
    }
  }
}

/// `Blocks` blocks of outputs × P pixels from column p of one row.
template <int Blocks, int P, class Sink>
ZO_INLINE void bf16_tile(const ConvBand<float>& band,
                         const PairWords* row,
                         int block,
                         int p,
                         std::int64_t at,
                         Vec<float>* sums,
                         Sink& sink) {
  const Bf16ConvLayout& layout = band.layout;
  bf16_products<Blocks, P>(layout,
                           band.bf16_weights + block * layout.block,
                           layout.block,
                           row + std::int64_t{band.stride} * p,
                           band.stride,
                           band.ring->width + 2,
                           sums);
  for (int b = 0; b < Blocks; ++b) {
    for (int k = 0; k < layout.outs; ++k) {
      const int channel = (block + b) * layout.outs + k;
      sink.begin(channel);
#pragma GCC unroll 4
      for (int i = 0; i < P; ++i)
        sink.put(channel, at + p + i, sums[(b * P + i) * layout.outs + k]);
      sink.end(channel);
    }
  }
}

template <int Blocks, int P, class Sink>
ZO_INLINE void bf16_row(const ConvBand<float>& band,
                        const PairWords* row,
                        std::int64_t at,
                        Vec<float>* sums,
                        Sink& sink) {
  const int blocks = band.padded / band.layout.outs;
  int p = 0;
  for (; p + P <= band.width; p += P) {
    for (int block = 0; block < blocks; block += Blocks) {
      bf16_tile<Blocks, P>(band, row, block, p, at, sums, sink);
    }
  }
  for (; p < band.width; ++p) {
    for (int block = 0; block < blocks; ++block) {
      bf16_tile<1, 1>(band, row, block, p, at, sums, sink);
    }
  }
}

struct Bf16Conv {
  static constexpr int kSums = 64;  // vectors: all outputs and pixels at once

  template <class Sink>
  static void run(const ConvBand<float>& band, Sink sink) {
    auto* sums = reinterpret_cast<Vec<float>*>(band.scratch);
    auto* pairs = reinterpret_cast<PairWords*>(sums + kSums);
    const int rows = band.last - band.first;
    pack_pairs(*band.ring, band.stride * band.first - 1, band.stride * (rows - 1) + 3, pairs);
    const std::int64_t row_pairs = std::int64_t{band.layout.pairs} * (band.ring->width + 2);
    const Bf16Session session(band.layout);
    for (int row = 0; row < rows; ++row) {
      const PairWords* in = pairs + row_pairs * band.stride * row;
      const std::int64_t at = std::int64_t{row} * band.width;
      if (band.padded / band.layout.outs % kPairedBlocks == 0) {
        bf16_row<kPairedBlocks, kPairedPixels>(band, in, at, sums, sink);
      } else {
        bf16_row<1, kSinglePixels>(band, in, at, sums, sink);
      }
    }
  }
  static std::int64_t scratch(int channels, int width, int rows) {
    return (kSums + std::int64_t{rows} * ((channels + 1) / 2) * (width + 2)) * kLanes<float>;
  }
};

constexpr DeltaKernels<float, Bf16> bf16_kernel_table(const char* name) {
  DeltaKernels<float, Bf16> table = kernel_table<float, Bf16>(name);
  table.bf16_outs = kBf16Outs;
  table.bf16_first = kBf16First;
  table.convs[static_cast<int>(Product::Bf16)] = conv_kernel<Bf16Conv, float, Bf16>();
  return table;
}

}  // namespace zo::ZO_ISA
