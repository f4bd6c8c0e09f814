#pragma once
#include <type_traits>

#include "src/delta/cpu/kernels/delta_kernels.h"
#include "src/delta/cpu/kernels/vector_body.h"

namespace zo::ZO_ISA {

template <class T>
ZO_INLINE std::int64_t ring_row(const RowRing<T>& ring, int row) {
  return std::int64_t{(row + 1) % ring.slots} * (ring.width + 2);
}

/// Takes outputs of a convolution as they are.
template <class T>
struct PlainSink {
  T* out;
  std::int64_t plane;

  ZO_INLINE void begin(int) {}
  ZO_INLINE void put(int channel, std::int64_t at, Vec<T> value) {
    store(out, channel * plane + at, value);
  }
  ZO_INLINE void end(int) {}
};

/// Keeps outputs as changes and adds up their moments while they are in registers, or one of the two.
template <class T, class S, bool Sums, bool Keeps = true>
struct KeepSink {
  S* dy;
  const T* centred;
  std::int64_t plane;
  T* partial;
  Vec<T> sum, square;

  ZO_INLINE void begin(int channel) {
    if constexpr (Sums) {
      sum = load(partial, 2 * channel);
      square = load(partial, 2 * channel + 1);
    }
  }
  ZO_INLINE void put(int channel, std::int64_t at, Vec<T> value) {
    if constexpr (Keeps) store(dy, channel * plane + at, value);
    if constexpr (Sums) {
      if constexpr (Keeps && !std::is_same_v<T, S>) value = load(dy, channel * plane + at);
      const Vec<T> c = load(centred, channel * plane + at);
      sum += value;
      square += value * (c + c + value);
    }
  }
  ZO_INLINE void end(int channel) {
    if constexpr (Sums) {
      store(partial, 2 * channel, sum);
      store(partial, 2 * channel + 1, square);
    }
  }
};

/// Runs `compute(sink)` with the sink that `keep` asks for and adds the moments in double.
template <class T, class S, class Compute>
ZO_INLINE void with_keep_sink(const KeepRows<T, S>& keep, int padded, Compute&& compute) {
  if (keep.sums == nullptr) {
    compute(KeepSink<T, S, false>{keep.dy, keep.centred, keep.plane, nullptr, {}, {}});
    return;
  }
  for (int i = 0; i < 2 * padded; ++i) store(keep.partial, i, Vec<T>{});
  if (keep.dy == nullptr) {
    compute(KeepSink<T, S, true, false>{nullptr, keep.centred, keep.plane, keep.partial, {}, {}});
  } else {
    compute(KeepSink<T, S, true>{keep.dy, keep.centred, keep.plane, keep.partial, {}, {}});
  }
  for (int c = 0; c < padded; ++c) {
    for (int lane = 0; lane < kLanes<T>; ++lane) {
      const T* moments = keep.partial + 2 * c * kLanes<T> + lane;
      keep.sums[c * kLanes<T> + lane] += static_cast<double>(moments[0]);
      keep.squares[c * kLanes<T> + lane] += static_cast<double>(moments[kLanes<T>]);
    }
  }
}

/// kOutBlock channels × P pixels of one output row stay in registers over all inputs and taps: each
/// input vector feeds kOutBlock multiply-adds and each weight P, so loads do not limit the
/// multiplier.
template <class T, int Stride, int P, class Sink>
ZO_INLINE void conv_tile(const Vec<T>* in,
                         std::int64_t in_plane,
                         int channels,
                         const std::int64_t* rows,
                         const T* weights,
                         Sink& sink,
                         int first_channel,
                         std::int64_t at) {
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
    sink.begin(first_channel + k);
#pragma GCC unroll 4
    for (int p = 0; p < P; ++p) sink.put(first_channel + k, at + p, sum[k][p]);
    sink.end(first_channel + k);
  }
}

template <class T, int Stride, class Sink>
ZO_INLINE void conv_rows(const ConvBand<T>& band, Sink sink) {
  const RowRing<T>& ring = *band.ring;
  const auto* in = reinterpret_cast<const Vec<T>*>(ring.data);
  for (int row = band.first; row < band.last; ++row) {
    std::int64_t rows[3];
    for (int kh = 0; kh < 3; ++kh) rows[kh] = ring_row(ring, Stride * row + kh - 1);
    for (int o = 0; o < band.padded; o += kOutBlock) {
      const T* weights = band.weights + std::int64_t{o} * ring.channels * 9;
      const std::int64_t line = std::int64_t{row - band.first} * band.width;
      int p = 0;
      for (; p + 2 <= band.width; p += 2) {
        conv_tile<T, Stride, 2>(
            in + Stride * p, ring.plane, ring.channels, rows, weights, sink, o, line + p);
      }
      if (p < band.width) {
        conv_tile<T, Stride, 1>(
            in + Stride * p, ring.plane, ring.channels, rows, weights, sink, o, line + p);
      }
    }
  }
}

/// Product::Direct.
struct DirectConv {
  template <class T, class Sink>
  static void run(const ConvBand<T>& band, Sink sink) {
    if (band.stride == 1) {
      conv_rows<T, 1>(band, sink);
    } else {
      conv_rows<T, 2>(band, sink);
    }
  }
  static std::int64_t scratch(int, int, int) { return 0; }
};

template <class Conv, class T>
void conv_plain(const ConvBand<T>& band, T* out, std::int64_t out_plane) {
  Conv::run(band, PlainSink<T>{out, out_plane});
}

template <class Conv, class T, class S>
void conv_keep(const ConvBand<T>& band, const KeepRows<T, S>& keep) {
  with_keep_sink<T, S>(keep, band.padded, [&](auto sink) { Conv::run(band, sink); });
}

template <class Conv, class T, class S>
constexpr ConvKernel<T, S> conv_kernel() {
  return {conv_plain<Conv, T>, conv_keep<Conv, T, S>, Conv::scratch};
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
