#pragma once
#include <type_traits>

#include "src/delta/cpu/kernels/conv_body.h"
#include "src/kernels/layer_formulas.h"

namespace zo::ZO_ISA {

/// Where one row of an activation comes from and goes to; pointers that the row does not use are
/// null.
template <class T, class S>
struct RowPointers {
  const S* dy;
  const T* centred;
  const T* z;
  const S* skip;
  std::int64_t skip_stride;
  T* wide;
  S* dense;
};

template <class T, class S, bool HasZ, bool HasSkip, bool Relu, bool Dense>
ZO_INLINE void activate_row(const RowPointers<T, S> row, const ChannelStep<T> step, int width) {
  const Vec<T> slope = spread(step.slope), base = spread(step.base);
  const Vec<T> constant = spread(step.constant), gain = spread(step.gain);
  const Vec<T> shift = spread(step.shift);
  for (int w = 0; w < width; ++w) {
    const Vec<T> c = load(row.centred, w);
    Vec<T> dz = normalised_difference<Vec<T>>(slope, load(row.dy, w), base, c, constant);
    if constexpr (HasSkip) dz += load(row.skip, w * row.skip_stride);
    if constexpr (Relu) {
      dz = relu_difference<Vec<T>>(HasZ ? load(row.z, w) : normalised(gain, c, shift), dz);
    }
    store(row.wide, w, dz);
    if constexpr (Dense) store(row.dense, w, dz);
  }
}

template <class T, class S, bool HasZ, bool HasSkip, bool Relu>
ZO_INLINE void activate_plane(const ActivateRows<T, S>& a, int channel, const S* skip) {
  const ChannelStep<T> step = a.steps[channel];
  for (int r = a.first; r < a.last; ++r) {
    const std::int64_t from = (channel * a.plane + std::int64_t{r} * a.width) * kLanes<T>;
    RowPointers<T, S> row{};
    row.dy = a.dy + from;
    row.centred = a.centred + from;
    if constexpr (HasZ) row.z = a.z + from;
    if constexpr (HasSkip) {
      row.skip = skip + std::int64_t{r} * a.skip_stride * a.skip_width * kLanes<T>;
      row.skip_stride = a.skip_stride;
    }
    row.wide =
        a.ring == nullptr
            ? a.wide + from
            : a.ring->data + (channel * a.ring->plane + ring_row(*a.ring, r) + 1) * kLanes<T>;
    if (a.dense == nullptr) {
      activate_row<T, S, HasZ, HasSkip, Relu, false>(row, step, a.width);
    } else {
      row.dense = a.dense + from;
      activate_row<T, S, HasZ, HasSkip, Relu, true>(row, step, a.width);
    }
  }
}

template <class T, class S>
void activate(const ActivateRows<T, S>& a) {
  for (int c = 0; c < a.channels; ++c) {
    const S* skip = a.skip == nullptr ? nullptr : a.skip[c];
    if (!a.relu) {
      skip == nullptr ? activate_plane<T, S, false, false, false>(a, c, skip)
                      : activate_plane<T, S, false, true, false>(a, c, skip);
    } else if (a.z == nullptr) {
      skip == nullptr ? activate_plane<T, S, false, false, true>(a, c, skip)
                      : activate_plane<T, S, false, true, true>(a, c, skip);
    } else {
      skip == nullptr ? activate_plane<T, S, true, false, true>(a, c, skip)
                      : activate_plane<T, S, true, true, true>(a, c, skip);
    }
  }
}

template <class T>
void fill(const RowRing<T>& ring, const T* const* planes, int first, int last) {
  for (int c = 0; c < ring.channels; ++c) {
    for (int row = first; row < last; ++row) {
      T* line = ring.data + (c * ring.plane + ring_row(ring, row)) * kLanes<T>;
      const bool inside = row >= 0 && row < ring.height;
      store(line, 0, Vec<T>{});
      for (int w = 0; w < ring.width; ++w) {
        store(line, w + 1, inside ? load(planes[c], std::int64_t{row} * ring.width + w) : Vec<T>{});
      }
      store(line, ring.width + 1, Vec<T>{});
    }
  }
}

template <class T>
void add_scaled(T* y, const T* x, int count, int stride, T delta) {
  for (int i = 0; i < count; ++i) {
    store(y, i, load(y, i) + delta * load(x, std::int64_t{i} * stride));
  }
}

/// Adds four sums of a plane to those in double, lane by lane.
template <class T>
ZO_INLINE void add_lanes(const Vec<T> (&parts)[4], double* sums) {
  const Vec<T> total = (parts[0] + parts[1]) + (parts[2] + parts[3]);
  for (int lane = 0; lane < kLanes<T>; ++lane) sums[lane] += static_cast<double>(total[lane]);
}

/// Adds Σ v and Σ v·(2c + v) of the `count` vectors v = value(i) of a plane to sums and squares
/// [lane]; c = 0 if null. Four sums at a time, or each addition would wait for the one before.
template <class T, class Value>
ZO_INLINE void add_moments(
    const T* centred, int count, double* sums, double* squares, const Value& value) {
  Vec<T> sum[4]{}, square[4]{};
  const auto add = [&](int i, int k) __attribute__((always_inline)) {
    const Vec<T> v = value(i);
    sum[k] += v;
    const Vec<T> c = centred == nullptr ? Vec<T>{} : load(centred, i);
    square[k] += square_difference<Vec<T>>(c, v);
  };
  int i = 0;
  for (; i + 4 <= count; i += 4) {
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) add(i + k, k);
  }
  for (; i < count; ++i) add(i, 0);
  add_lanes<T>(sum, sums);
  add_lanes<T>(square, squares);
}

/// Stores `value` as a change and gives back what was kept of it.
template <class T, class S>
ZO_INLINE Vec<T> kept(S* dy, int i, Vec<T> value) {
  store(dy, i, value);
  if constexpr (!std::is_same_v<T, S>) value = load(dy, i);
  return value;
}

template <class T, class S>
void finish(const T* y,
            std::int64_t y_plane,
            const T* centred,
            S* dy,
            std::int64_t plane,
            int channels,
            int count,
            double* sums,
            double* squares) {
  for (int c = 0; c < channels; ++c) {
    const T* from = y + c * y_plane * kLanes<T>;
    const T* centre = centred == nullptr ? nullptr : centred + c * plane * kLanes<T>;
    S* to = dy + c * plane * kLanes<T>;
    if (sums == nullptr) {
      for (int i = 0; i < count; ++i) store(to, i, load(from, i));
      continue;
    }
    add_moments<T>(
        centre,
        count,
        sums + c * kLanes<T>,
        squares + c * kLanes<T>,
        [&](int i) __attribute__((always_inline)) { return kept<T, S>(to, i, load(from, i)); });
  }
}

template <class T, class S>
void shift(const ShiftRows<T, S>& s) {
  const int begin = s.beside < 0 ? 1 : 0;
  const int reach = (s.in_width - 1 - s.beside) / s.stride + 1,
            end = reach < s.width ? reach : s.width;
  Vec<T> sum[4]{}, square[4]{};
  for (int row = 0; row < s.height; ++row) {
    const int from = s.stride * row + s.below, to = row * s.width;
    if (from < 0 || from >= s.in_height) {
      for (int w = 0; w < s.width; ++w) store(s.dy, to + w, Vec<T>{});
      continue;
    }
    if (begin == 1) store(s.dy, to, Vec<T>{});
    for (int w = end; w < s.width; ++w) store(s.dy, to + w, Vec<T>{});
    const std::int64_t line = std::int64_t{from} * s.in_width + s.beside;
    for (int w = begin; w < end; w += 4) {
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k) {
        if (w + k >= end) break;
        const Vec<T> x = load(s.x, line + std::int64_t{s.stride} * (w + k));
        const Vec<T> v = kept<T, S>(s.dy, to + w + k, s.delta * x);
        sum[k] += v;
        square[k] += square_difference<Vec<T>>(load(s.centred, to + w + k), v);
      }
    }
  }
  if (s.sums == nullptr) return;
  add_lanes<T>(sum, s.sums);
  add_lanes<T>(square, s.squares);
}

template <class T, class S>
void remove_mean(S* dy, const T* centred, int count, T mean, double* sums, double* squares) {
  add_moments<T>(
      centred, count, sums, squares, [&](int i) __attribute__((always_inline)) {
        return kept<T, S>(dy, i, load(dy, i) - mean);
      });
}

template <class T>
void center(T* y, int count, T shift, bool keep, double* sums, double* squares) {
  add_moments<T>(
      nullptr, count, sums, squares, [&](int i) __attribute__((always_inline)) {
        const Vec<T> value = load(y, i) - shift;
        if (keep) store(y, i, value);
        return value;
      });
}

template <class T>
void activate_base(const T* y,
                   T center,
                   T gain,
                   T shift,
                   const T* skip,
                   int skip_stride,
                   int skip_width,
                   bool relu,
                   int height,
                   int width,
                   T* z,
                   T* a) {
  for (int row = 0; row < height; ++row) {
    for (int w = 0; w < width; ++w) {
      const std::int64_t at = std::int64_t{row} * width + w;
      Vec<T> value = normalised<Vec<T>>(gain, load(y, at) - center, shift);
      if (skip != nullptr) {
        value += load(skip,
                      std::int64_t{row} * skip_stride * skip_width + std::int64_t{w} * skip_stride);
      }
      if (z != nullptr) store(z, at, value);
      store(a, at, relu ? zo::relu<Vec<T>>(value) : value);
    }
  }
}

template <class T>
void max_pool(const T* a, const T* da, int height, int width, T* out) {
  for (int row = 0; row + 1 < height; row += 2) {
    for (int w = 0; w + 1 < width; w += 2) {
      const std::int64_t corner = std::int64_t{row} * width + w;
      const std::int64_t at[4] = {corner, corner + 1, corner + width, corner + width + 1};
      Vec<T> window[4], change[4];
      for (int i = 0; i < 4; ++i) window[i] = load(a, at[i]);
      if (da != nullptr) {
        for (int i = 0; i < 4; ++i) change[i] = load(da, at[i]);
      }
      const Vec<T> largest =
          da == nullptr ? pooled<Vec<T>>(window) : pooled_difference<Vec<T>>(window, change);
      store(out, std::int64_t{row / 2} * (width / 2) + w / 2, largest);
    }
  }
}

template <class T>
void mean(const T* a, int count, T* out) {
  Vec<T> sum{};
  for (int i = 0; i < count; ++i) sum += load(a, i);
  store(out, 0, sum * (T(1) / static_cast<T>(count)));
}

}  // namespace zo::ZO_ISA
