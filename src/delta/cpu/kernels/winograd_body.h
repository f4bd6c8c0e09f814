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

/// Winograd's F(4x4, 3x3).
template <class T>
struct WinogradForm {
  static constexpr int kStride = 1, kInputs = kWinogradPoints, kPoints = zo::ZO_ISA::kPoints;
  static constexpr int kFilters = kPoints;

  ZO_INLINE static int filter(int point) { return point; }
  ZO_INLINE static void input(const Vec<T>* tile,
                              const std::int64_t* rows,
                              Vec<T>* out,
                              std::int64_t step) {
    transform_input<T, 0>(tile, rows, out, step);
    transform_input<T, 1>(tile, rows, out, step);
    transform_input<T, 2>(tile, rows, out, step);
  }
  template <class Sink>
  ZO_INLINE static void output(const Vec<T>* points,
                               std::int64_t step,
                               Sink& sink,
                               int channel,
                               std::int64_t at,
                               std::int64_t width) {
    transform_output<T>(points, step, sink, channel, at, width);
  }
};

/// N neighbouring tiles, all channels.
template <class T, class Form, int N, class Sink>
ZO_INLINE void tiles(const ConvBand<T>& band, const std::int64_t* rows, int column, Sink& sink) {
  const RowRing<T>& ring = *band.ring;
  const int channels = ring.channels;
  // Odd steps, or all points of a tile would fall into one cache set.
  const std::int64_t input_step = std::int64_t{channels} * N + 1;
  constexpr int kProductStep = kOutBlock * N + 1;
  auto* inputs = reinterpret_cast<Vec<T>*>(band.scratch);
  Vec<T>* products = inputs + Form::kPoints * input_step;
  for (int c = 0; c < channels; ++c) {
    const auto* plane = reinterpret_cast<const Vec<T>*>(ring.data) + c * ring.plane;
    for (int t = 0; t < N; ++t) {
      Form::input(plane + Form::kStride * (column + kWinogradTile * t),
                  rows,
                  inputs + c * N + t,
                  input_step);
    }
  }
  const std::int64_t filter = std::int64_t{channels} * kOutBlock;
  const T* weights = band.weights;
  for (int o = 0; o < band.padded; o += kOutBlock) {
    for (int point = 0; point < Form::kPoints; ++point) {
      point_products<T, N>(inputs + point * input_step,
                           channels,
                           weights + Form::filter(point) * filter,
                           products + point * kProductStep);
    }
    weights += Form::kFilters * filter;
    for (int k = 0; k < kOutBlock; ++k) {
      for (int t = 0; t < N; ++t) {
        Form::output(products + k * N + t,
                     kProductStep,
                     sink,
                     o + k,
                     column + kWinogradTile * t,
                     band.width);
      }
    }
  }
}

/// Product::Winograd and Product::Strided.
template <class T, class Form>
struct TiledConv {
  template <class Sink>
  static void run(const ConvBand<T>& band, Sink sink) {
    std::int64_t rows[Form::kInputs];
    for (int i = 0; i < Form::kInputs; ++i) {
      rows[i] = ring_row(*band.ring, Form::kStride * band.first - 1 + i);
    }
    int column = 0;
    for (; column + 2 * kWinogradTile <= band.width; column += 2 * kWinogradTile) {
      tiles<T, Form, 2>(band, rows, column, sink);
    }
    if (column < band.width) tiles<T, Form, 1>(band, rows, column, sink);
  }
  static std::int64_t scratch(int channels, int, int) {
    return std::int64_t{Form::kPoints} * (2 * (channels + kOutBlock) + 2) * kLanes<T>;
  }
};

}  // namespace zo::ZO_ISA
