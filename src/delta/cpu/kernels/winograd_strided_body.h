#pragma once
#include "src/delta/cpu/kernels/winograd_body.h"
#include "src/delta/cpu/kernels/winograd_strided.h"

namespace zo::ZO_ISA {

/// Winograd's filtering for stride 2.
template <class T>
struct StridedForm {
  static constexpr int kStride = 2, kInputs = kStridedInputs;
  static constexpr int kPoints = kStridedInputs * kStridedInputs;
  static constexpr int kFilters = kStridedFilters * kStridedFilters;

  ZO_INLINE static int filter(int point) {
    return strided_filter(point / kStridedInputs) * kStridedFilters +
           strided_filter(point % kStridedInputs);
  }
  /// The points of the tile whose first input is tile[rows[0]]; point p goes to out[p·step].
  ZO_INLINE static void input(const Vec<T>* tile,
                              const std::int64_t* rows,
                              Vec<T>* out,
                              std::int64_t step) {
    Vec<T> half[kStridedInputs][kStridedInputs];
    for (int j = 0; j < kStridedInputs; ++j) {
      Vec<T> x[kStridedInputs], y[kStridedInputs];
#pragma GCC unroll 9
      for (int i = 0; i < kStridedInputs; ++i) x[i] = tile[rows[i] + j];
      strided_input(x, y);
#pragma GCC unroll 9
      for (int i = 0; i < kStridedInputs; ++i) half[i][j] = y[i];
    }
    for (int i = 0; i < kStridedInputs; ++i) {
      Vec<T> y[kStridedInputs];
      strided_input(half[i], y);
#pragma GCC unroll 9
      for (int j = 0; j < kStridedInputs; ++j) out[(i * kStridedInputs + j) * step] = y[j];
    }
  }
  /// The 4x4 outputs of a tile whose point p is at points[p·step]; row i goes to `at` + i·width.
  template <class Sink>
  ZO_INLINE static void output(const Vec<T>* points,
                               std::int64_t step,
                               Sink& sink,
                               int channel,
                               std::int64_t at,
                               std::int64_t width) {
    Vec<T> half[kWinogradTile][kStridedInputs];
#pragma GCC unroll 9
    for (int j = 0; j < kStridedInputs; ++j) {
      Vec<T> x[kStridedInputs], y[kWinogradTile];
#pragma GCC unroll 9
      for (int i = 0; i < kStridedInputs; ++i) x[i] = points[(i * kStridedInputs + j) * step];
      strided_output(x, y);
#pragma GCC unroll 4
      for (int i = 0; i < kWinogradTile; ++i) half[i][j] = y[i];
    }
    sink.begin(channel);
#pragma GCC unroll 4
    for (int i = 0; i < kWinogradTile; ++i) {
      Vec<T> y[kWinogradTile];
      strided_output(half[i], y);
#pragma GCC unroll 4
      for (int j = 0; j < kWinogradTile; ++j) sink.put(channel, at + i * width + j, y[j]);
    }
    sink.end(channel);
  }
};

}  // namespace zo::ZO_ISA
