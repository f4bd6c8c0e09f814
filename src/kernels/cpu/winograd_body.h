#pragma once
#include "src/kernels/cpu/conv_body.h"
#include "src/kernels/winograd.h"

namespace zo::ZO_ISA {

constexpr int kPoints = kWinogradPoints * kWinogradPoints;

/// Bᵀ d B of the tile whose first input is tile[rows[0]]; point p goes to out[p·step].
template <class T>
ZO_INLINE void transform_input(const Vec<T>* tile,
                               const std::int64_t* rows,
                               Vec<T>* out,
                               std::int64_t step) {
  Vec<T> half[kPoints];
#pragma GCC unroll 6
  for (int j = 0; j < 6; ++j) {
    Vec<T> x[6], y[6];
#pragma GCC unroll 6
    for (int i = 0; i < 6; ++i) x[i] = tile[rows[i] + j];
    winograd_input(x, y);
#pragma GCC unroll 6
    for (int i = 0; i < 6; ++i) half[i * 6 + j] = y[i];
  }
#pragma GCC unroll 6
  for (int i = 0; i < 6; ++i) {
    Vec<T> y[6];
    winograd_input(half + i * 6, y);
#pragma GCC unroll 6
    for (int j = 0; j < 6; ++j) out[(i * 6 + j) * step] = y[j];
  }
}

/// Aᵀ m A: point p is at points[p·step]; output row i goes to out + i·width.
template <class T>
ZO_INLINE void transform_output(const Vec<T>* points, std::int64_t step, Vec<T>* out, int width) {
  Vec<T> half[4 * 6];
#pragma GCC unroll 6
  for (int j = 0; j < 6; ++j) {
    Vec<T> x[6], y[4];
#pragma GCC unroll 6
    for (int i = 0; i < 6; ++i) x[i] = points[(i * 6 + j) * step];
    winograd_output(x, y);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) half[i * 6 + j] = y[i];
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    Vec<T> y[4];
    winograd_output(half + i * 6, y);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) out[i * width + j] = y[j];
  }
}

/// N neighbouring tiles, all channels: the products of one point are a small matrix product with
/// kOutBlock × N sums in registers.
template <class T, int N>
void winograd_tiles(const RowRing<T>& ring,
                    const std::int64_t* rows,
                    int column,
                    const T* weights,
                    int padded,
                    Vec<T>* inputs,
                    Vec<T>* products,
                    Vec<T>* out,
                    std::int64_t out_plane) {
  const int channels = ring.channels;
  const std::int64_t input_step = std::int64_t{channels} * N;
  for (int c = 0; c < channels; ++c) {
    const auto* plane = reinterpret_cast<const Vec<T>*>(ring.data) + c * ring.plane + column;
    for (int t = 0; t < N; ++t) {
      transform_input<T>(plane + 4 * t, rows, inputs + c * N + t, input_step);
    }
  }
  for (int o = 0; o < padded; o += kOutBlock) {
    for (int point = 0; point < kPoints; ++point) {
      Vec<T> sum[kOutBlock][N];
#pragma GCC unroll 8
      for (int k = 0; k < kOutBlock; ++k) {
#pragma GCC unroll 4
        for (int t = 0; t < N; ++t) sum[k][t] = Vec<T>{};
      }
      const Vec<T>* x = inputs + point * input_step;
      for (int c = 0; c < channels; ++c) {
#pragma GCC unroll 8
        for (int k = 0; k < kOutBlock; ++k) {
#pragma GCC unroll 4
          for (int t = 0; t < N; ++t) sum[k][t] += x[t] * weights[k];
        }
        x += N;
        weights += kOutBlock;
      }
      Vec<T>* target = products + point * (kOutBlock * N);
#pragma GCC unroll 8
      for (int k = 0; k < kOutBlock; ++k) {
#pragma GCC unroll 4
        for (int t = 0; t < N; ++t) target[k * N + t] = sum[k][t];
      }
    }
    for (int k = 0; k < kOutBlock; ++k) {
      for (int t = 0; t < N; ++t) {
        transform_output<T>(products + k * N + t,
                            kOutBlock * N,
                            out + (o + k) * out_plane + column + 4 * t,
                            ring.width);
      }
    }
  }
}

template <class T>
std::int64_t winograd_scratch(int channels) {
  return std::int64_t{kPoints} * 2 * (channels + kOutBlock) * kLanes<T>;
}

template <class T>
void winograd(const RowRing<T>& ring,
              const T* weights,
              int padded,
              int first,
              T* scratch,
              T* out,
              std::int64_t out_plane) {
  std::int64_t rows[6];
  for (int i = 0; i < 6; ++i) rows[i] = ring_row(ring, first - 1 + i);
  auto* inputs = reinterpret_cast<Vec<T>*>(scratch);
  Vec<T>* products = inputs + std::int64_t{kPoints} * 2 * ring.channels;
  auto* target = reinterpret_cast<Vec<T>*>(out);
  int column = 0;
  for (; column + 8 <= ring.width; column += 8) {
    winograd_tiles<T, 2>(ring, rows, column, weights, padded, inputs, products, target, out_plane);
  }
  if (column < ring.width) {
    winograd_tiles<T, 1>(ring, rows, column, weights, padded, inputs, products, target, out_plane);
  }
}

}  // namespace zo::ZO_ISA
