#pragma once
// Sums of products of pairs by AMX: one instruction multiplies a tile of weights, 16 outputs × 16
// pairs of channels, with a tile of 16 pairs × 16 pictures.
#include <immintrin.h>

#include "src/delta/cpu/kernels/delta_kernels_body.h"

namespace zo::ZO_ISA {

constexpr int kBf16Outs = 16;
// Four tiles of sums at once hide the latency of the multiplier.
constexpr int kPairedBlocks = 2, kPairedPixels = 2, kSinglePixels = 4;
constexpr bool kBf16First = true;

/// Shapes of the eight tile registers: 0-3 sums, 4 and 5 weights, 6 and 7 pictures.
struct Bf16Session {
  explicit Bf16Session(const Bf16ConvLayout& layout) {
    struct alignas(64) {
      std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
      std::uint16_t row_bytes[16] = {};
      std::uint8_t rows[16] = {};
    } shapes;
    for (int tile = 0; tile < 8; ++tile) {
      const bool weights = tile == 4 || tile == 5;
      shapes.row_bytes[tile] = static_cast<std::uint16_t>(weights ? 4 * layout.depth : 64);
      shapes.rows[tile] = static_cast<std::uint8_t>(tile < 6 ? layout.outs : layout.depth);
    }
    barrier();
    _tile_loadconfig(&shapes);
    barrier();
  }
  Bf16Session(const Bf16Session&) = delete;
  Bf16Session& operator=(const Bf16Session&) = delete;
  ~Bf16Session() { _tile_release(); }

  /// The compiler does not know that tile instructions read memory.
  ZO_INLINE static void barrier() { asm volatile("" ::: "memory"); }
};

/// sums[(block · P + pixel) · outs + output] of `Blocks` blocks of outputs and P pixels. `weights`
/// is the first block, the next `block` on; `in` the upper left tap of the first pixel; the next
/// pixel is `stride` vectors on, the next pair `line`.
template <int Blocks, int P>
ZO_INLINE void bf16_products(const Bf16ConvLayout& layout,
                             const Bf16* weights,
                             std::int64_t block,
                             const void* in,
                             std::int64_t stride,
                             std::int64_t line,
                             Vec<float>* sums) {
  static_assert((Blocks == 2 && P == 2) || (Blocks == 1 && (P == 4 || P == 1)));
  const std::int64_t depth = layout.depth, step_words = 2 * depth * layout.outs;
  const std::int64_t line_bytes = 64 * line, pixel = 64 * stride;
  Bf16Session::barrier();
  _tile_zero(0);
  if constexpr (Blocks * P == 4) {
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (int column = 0; column < 3; ++column) {
    const char* at = static_cast<const char*>(in) + std::int64_t{64} * column;
    for (int step = 0; step < layout.steps; ++step) {
      _tile_loadd(4, weights, 4 * depth);
      _tile_loadd(6, at, line_bytes);
      _tile_dpbf16ps(0, 4, 6);
      if constexpr (Blocks == 2) {
        _tile_loadd(5, weights + block, 4 * depth);
        _tile_dpbf16ps(2, 5, 6);
        _tile_loadd(7, at + pixel, line_bytes);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(3, 5, 7);
      } else if constexpr (P == 4) {
        _tile_loadd(7, at + pixel, line_bytes);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(6, at + 2 * pixel, line_bytes);
        _tile_dpbf16ps(2, 4, 6);
        _tile_loadd(7, at + 3 * pixel, line_bytes);
        _tile_dpbf16ps(3, 4, 7);
      }
      weights += step_words;
      at += depth * line_bytes;
    }
  }
  const std::int64_t outs = layout.outs;
  _tile_stored(0, sums, 64);
  if constexpr (Blocks * P == 4) {
    _tile_stored(1, sums + outs, 64);
    _tile_stored(2, sums + 2 * outs, 64);
    _tile_stored(3, sums + 3 * outs, 64);
  }
}

}  // namespace zo::ZO_ISA
