#pragma once
#include "src/delta/cpu/kernels/conv_body.h"
#include "src/delta/cpu/kernels/winograd.h"

namespace zo::ZO_ISA {

constexpr int kPoints = kWinogradPasses * kPassPoints;

/// The points of one pass of the tile whose first input is tile[rows[0]]; point p goes to
/// out[p·step].
template <class T, int Pass>
ZO_INLINE void transform_input(const Vec<T>* tile,
                               const std::int64_t* rows,
                               Vec<T>* out,
                               std::int64_t step) {
  Vec<T> half[2][6];
#pragma GCC unroll 6
  for (int j = 0; j < 6; ++j) {
    Vec<T> x[6], y[2];
#pragma GCC unroll 6
    for (int i = 0; i < 6; ++i) x[i] = tile[rows[i] + j];
    winograd_input_pair<Pass>(x, y);
    half[0][j] = y[0];
    half[1][j] = y[1];
  }
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    Vec<T> y[6];
    winograd_input(half[i], y);
#pragma GCC unroll 6
    for (int j = 0; j < 6; ++j) out[(Pass * kPassPoints + i * 6 + j) * step] = y[j];
  }
}

/// The 4x4 outputs of a tile whose point p is at points[p·step]; row i goes to `at` + i·width.
template <class T, class Sink>
ZO_INLINE void transform_output(const Vec<T>* points,
                                std::int64_t step,
                                Sink& sink,
                                int channel,
                                std::int64_t at,
                                std::int64_t width) {
  Vec<T> half[kWinogradPasses][2][4];
#pragma GCC unroll 3
  for (int pass = 0; pass < kWinogradPasses; ++pass) {
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
      Vec<T> x[6];
#pragma GCC unroll 6
      for (int j = 0; j < 6; ++j) x[j] = points[(pass * kPassPoints + i * 6 + j) * step];
      winograd_output(x, half[pass][i]);
    }
  }
  sink.begin(channel);
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    const Vec<T> x[6] = {
        half[2][0][j], half[0][0][j], half[0][1][j], half[1][0][j], half[1][1][j], half[2][1][j]};
    Vec<T> y[4];
    winograd_output(x, y);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) sink.put(channel, at + i * width + j, y[i]);
  }
  sink.end(channel);
}

/// The products of one point of N tiles, a small matrix product with kOutBlock × N sums in registers:
/// inputs [channels][N], weights [channels][kOutBlock], products [kOutBlock][N].
template <class T, int N>
ZO_INLINE void point_products(const Vec<T>* x, int channels, const T* weights, Vec<T>* products) {
  Vec<T> sum[kOutBlock][N];
#pragma GCC unroll 8
  for (int k = 0; k < kOutBlock; ++k) {
#pragma GCC unroll 4
    for (int t = 0; t < N; ++t) sum[k][t] = Vec<T>{};
  }
  for (int c = 0; c < channels; ++c) {
#pragma GCC unroll 8
    for (int k = 0; k < kOutBlock; ++k) {
#pragma GCC unroll 4
      for (int t = 0; t < N; ++t) sum[k][t] += x[t] * weights[k];
    }
    x += N;
    weights += kOutBlock;
  }
#pragma GCC unroll 8
  for (int k = 0; k < kOutBlock; ++k) {
#pragma GCC unroll 4
    for (int t = 0; t < N; ++t) products[k * N + t] = sum[k][t];
  }
}

/// N neighbouring tiles, all channels.
template <class T, int N, class Sink>
ZO_INLINE void winograd_tiles(const RowRing<T>& ring,
                              const std::int64_t* rows,
                              int column,
                              const T* weights,
                              int padded,
                              Vec<T>* scratch,
                              Sink& sink) {
  const int channels = ring.channels;
  // Odd steps, or all points of a tile would fall into one cache set.
  const std::int64_t input_step = std::int64_t{channels} * N + 1;
  constexpr int kProductStep = kOutBlock * N + 1;
  Vec<T>* inputs = scratch;
  Vec<T>* products = inputs + kPoints * input_step;
  for (int c = 0; c < channels; ++c) {
    const auto* plane = reinterpret_cast<const Vec<T>*>(ring.data) + c * ring.plane + column;
    for (int t = 0; t < N; ++t) {
      Vec<T>* target = inputs + c * N + t;
      transform_input<T, 0>(plane + 4 * t, rows, target, input_step);
      transform_input<T, 1>(plane + 4 * t, rows, target, input_step);
      transform_input<T, 2>(plane + 4 * t, rows, target, input_step);
    }
  }
  for (int o = 0; o < padded; o += kOutBlock) {
    for (int point = 0; point < kPoints; ++point) {
      point_products<T, N>(
          inputs + point * input_step, channels, weights, products + point * kProductStep);
      weights += std::int64_t{channels} * kOutBlock;
    }
    for (int k = 0; k < kOutBlock; ++k) {
      for (int t = 0; t < N; ++t) {
        transform_output<T>(
            products + k * N + t, kProductStep, sink, o + k, column + 4 * t, ring.width);
      }
    }
  }
}

/// Product::Winograd.
template <class T>
struct WinogradConv {
  template <class Sink>
  static void run(const ConvBand<T>& band, Sink sink) {
    const RowRing<T>& ring = *band.ring;
    std::int64_t rows[6];
    for (int i = 0; i < 6; ++i) rows[i] = ring_row(ring, band.first - 1 + i);
    auto* room = reinterpret_cast<Vec<T>*>(band.scratch);
    int column = 0;
    for (; column + 8 <= ring.width; column += 8) {
      winograd_tiles<T, 2>(ring, rows, column, band.weights, band.padded, room, sink);
    }
    if (column < ring.width) {
      winograd_tiles<T, 1>(ring, rows, column, band.weights, band.padded, room, sink);
    }
  }
  static std::int64_t scratch(int channels, int, int) {
    return std::int64_t{kPoints} * (2 * (channels + kOutBlock) + 2) * kLanes<T>;
  }
};

}  // namespace zo::ZO_ISA
