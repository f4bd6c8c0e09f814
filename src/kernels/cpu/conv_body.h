#pragma once
#include "src/kernels/cpu/delta_kernels.h"
#include "src/kernels/cpu/vector_body.h"

namespace zo::ZO_ISA {

template <class T>
ZO_INLINE std::int64_t ring_row(const RowRing<T>& ring, int row) {
  return std::int64_t{(row + 1) % ring.slots} * (ring.width + 2);
}

/// kOutBlock channels × P pixels of one output row stay in registers over all inputs and taps: each
/// input vector feeds kOutBlock multiply-adds and each weight P, so loads do not limit the
/// multiplier.
template <class T, int Stride, int P>
ZO_INLINE void conv_tile(const Vec<T>* in,
                         std::int64_t in_plane,
                         int channels,
                         const std::int64_t* rows,
                         const T* weights,
                         Vec<T>* out,
                         std::int64_t out_plane) {
  Vec<T> sum[kOutBlock][P];
#pragma GCC unroll 8
  for (int k = 0; k < kOutBlock; ++k) {
#pragma GCC unroll 4
    for (int p = 0; p < P; ++p) sum[k][p] = Vec<T>{};
  }
  for (int c = 0; c < channels; ++c) {
#pragma GCC unroll 3
    for (int kh = 0; kh < 3; ++kh) {
      const Vec<T>* row = in + c * in_plane + rows[kh];
#pragma GCC unroll 3
      for (int kw = 0; kw < 3; ++kw) {
        Vec<T> x[P];
#pragma GCC unroll 4
        for (int p = 0; p < P; ++p) x[p] = row[Stride * p + kw];
#pragma GCC unroll 8
        for (int k = 0; k < kOutBlock; ++k) {
#pragma GCC unroll 4
          for (int p = 0; p < P; ++p) sum[k][p] += x[p] * weights[(kh * 3 + kw) * kOutBlock + k];
        }
      }
    }
    weights += 9 * kOutBlock;
  }
#pragma GCC unroll 8
  for (int k = 0; k < kOutBlock; ++k) {
#pragma GCC unroll 4
    for (int p = 0; p < P; ++p) out[k * out_plane + p] = sum[k][p];
  }
}

template <class T, int Stride>
void conv_rows(const RowRing<T>& ring,
               const T* weights,
               int padded,
               int width,
               int first,
               int last,
               T* out,
               std::int64_t out_plane) {
  const auto* in = reinterpret_cast<const Vec<T>*>(ring.data);
  auto* target = reinterpret_cast<Vec<T>*>(out);
  for (int row = first; row < last; ++row) {
    std::int64_t rows[3];
    for (int kh = 0; kh < 3; ++kh) rows[kh] = ring_row(ring, Stride * row + kh - 1);
    for (int o = 0; o < padded; o += kOutBlock) {
      const T* block = weights + std::int64_t{o} * ring.channels * 9;
      Vec<T>* line = target + o * out_plane + std::int64_t{row - first} * width;
      int p = 0;
      for (; p + 2 <= width; p += 2) {
        conv_tile<T, Stride, 2>(
            in + Stride * p, ring.plane, ring.channels, rows, block, line + p, out_plane);
      }
      if (p < width) {
        conv_tile<T, Stride, 1>(
            in + Stride * p, ring.plane, ring.channels, rows, block, line + p, out_plane);
      }
    }
  }
}

template <class T>
void conv(const RowRing<T>& ring,
          const T* weights,
          int padded,
          int stride,
          int width,
          int first,
          int last,
          T* out,
          std::int64_t out_plane) {
  if (stride == 1) {
    conv_rows<T, 1>(ring, weights, padded, width, first, last, out, out_plane);
  } else {
    conv_rows<T, 2>(ring, weights, padded, width, first, last, out, out_plane);
  }
}

template <class T>
void linear(const T* const* planes,
            int channels,
            int pixels,
            const T* weights,
            int padded,
            T* out,
            std::int64_t out_plane) {
  auto* target = reinterpret_cast<Vec<T>*>(out);
  for (int o = 0; o < padded; o += kOutBlock) {
    Vec<T> sum[kOutBlock];
#pragma GCC unroll 8
    for (int k = 0; k < kOutBlock; ++k) sum[k] = Vec<T>{};
    for (int c = 0; c < channels; ++c) {
      for (int p = 0; p < pixels; ++p) {
        const Vec<T> x = load(planes[c], p);
#pragma GCC unroll 8
        for (int k = 0; k < kOutBlock; ++k) sum[k] += x * weights[k];
        weights += kOutBlock;
      }
    }
#pragma GCC unroll 8
    for (int k = 0; k < kOutBlock; ++k) target[(o + k) * out_plane] = sum[k];
  }
}

}  // namespace zo::ZO_ISA
