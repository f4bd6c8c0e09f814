#pragma once
#include "src/delta/cpu/kernels/winograd_body.h"
#include "src/delta/cpu/kernels/winograd_strided.h"

namespace zo::ZO_ISA {

constexpr int kStridedPoints = kStridedInputs * kStridedInputs;

/// The points of the tile whose first input is tile[rows[0]]; point p goes to out[p·step].
template <class T>
ZO_INLINE void strided_tile(const Vec<T>* tile,
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
template <class T, class Sink>
ZO_INLINE void strided_outputs(const Vec<T>* points,
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

/// N neighbouring tiles, all channels.
template <class T, int N, class Sink>
ZO_INLINE void strided_tiles(
    const ConvBand<T>& band, const std::int64_t* rows, int column, Vec<T>* inputs, Sink& sink) {
  const RowRing<T>& ring = *band.ring;
  const int channels = ring.channels;
  // Odd steps, or all points of a tile would fall into one cache set.
  const std::int64_t input_step = std::int64_t{channels} * N + 1;
  constexpr int kProductStep = kOutBlock * N + 1;
  Vec<T>* products = inputs + kStridedPoints * input_step;
  for (int c = 0; c < channels; ++c) {
    const auto* plane = reinterpret_cast<const Vec<T>*>(ring.data) + c * ring.plane + 2 * column;
    for (int t = 0; t < N; ++t) {
      strided_tile<T>(plane + 8 * t, rows, inputs + c * N + t, input_step);
    }
  }
  const std::int64_t filter = std::int64_t{channels} * kOutBlock;
  const T* weights = band.weights;
  for (int o = 0; o < band.padded; o += kOutBlock) {
    for (int i = 0; i < kStridedInputs; ++i) {
      for (int j = 0; j < kStridedInputs; ++j) {
        const int point = i * kStridedInputs + j;
        point_products<T, N>(
            inputs + point * input_step,
            channels,
            weights + (strided_filter(i) * kStridedFilters + strided_filter(j)) * filter,
            products + point * kProductStep);
      }
    }
    weights += kStridedFilters * kStridedFilters * filter;
    for (int k = 0; k < kOutBlock; ++k) {
      for (int t = 0; t < N; ++t) {
        strided_outputs<T>(
            products + k * N + t, kProductStep, sink, o + k, column + 4 * t, band.width);
      }
    }
  }
}

/// Product::Strided.
template <class T>
struct StridedConv {
  template <class Sink>
  static void run(const ConvBand<T>& band, Sink sink) {
    std::int64_t rows[kStridedInputs];
    for (int i = 0; i < kStridedInputs; ++i) rows[i] = ring_row(*band.ring, 2 * band.first - 1 + i);
    auto* room = reinterpret_cast<Vec<T>*>(band.scratch);
    int column = 0;
    for (; column + 8 <= band.width; column += 8)
      strided_tiles<T, 2>(band, rows, column, room, sink);
    if (column < band.width) strided_tiles<T, 1>(band, rows, column, room, sink);
  }
  static std::int64_t scratch(int channels, int, int) {
    return std::int64_t{kStridedPoints} * (2 * (channels + kOutBlock) + 2) * kLanes<T>;
  }
};

}  // namespace zo::ZO_ISA
