#pragma once
#include "src/kernels/cpu/conv_body.h"

namespace zo::ZO_ISA {

/// relu(z + dz) − relu(z), relative to dz and not to z: where z > 0 it is max(dz, −z), else
/// max(z + dz, 0).
template <class T>
ZO_INLINE Vec<T> relu_difference(Vec<T> z, Vec<T> dz) {
  const Vec<T> zero{};
  const Vec<T> below = z > zero ? zero : z;
  const Vec<T> above = z > zero ? -z : zero;
  return larger<T>(above, dz + below);
}

template <class T, class S, bool HasZ, bool HasSkip>
ZO_INLINE void activate_row(const ActivateRows<T, S>& a,
                            const ChannelStep<T>& step,
                            std::int64_t from,
                            const S* skip,
                            T* ring) {
  for (int w = 0; w < a.width; ++w) {
    const Vec<T> c = load(a.centred, from + w);
    Vec<T> dz = step.slope * load(a.dy, from + w) + (step.base * c + step.constant);
    if constexpr (HasSkip) dz += load(skip, std::int64_t{w} * a.skip_stride);
    Vec<T> da = dz;
    if (a.relu) {
      const Vec<T> z = HasZ ? load(a.z, from + w) : step.gain * c + step.shift;
      da = relu_difference<T>(z, dz);
    }
    if (ring != nullptr) store(ring, w, da);
    if (a.dense != nullptr) store(a.dense, from + w, da);
    if (a.wide != nullptr) store(a.wide, from + w, da);
  }
}

template <class T, class S>
void activate(const ActivateRows<T, S>& a) {
  for (int c = 0; c < a.channels; ++c) {
    const ChannelStep<T>& step = a.steps[c];
    const S* skip = a.skip == nullptr ? nullptr : a.skip[c];
    for (int row = a.first; row < a.last; ++row) {
      const std::int64_t from = c * a.plane + std::int64_t{row} * a.width;
      const S* line = skip == nullptr
                          ? nullptr
                          : skip + std::int64_t{row} * a.skip_stride * a.skip_width * kLanes<T>;
      T* ring = a.ring == nullptr
                    ? nullptr
                    : a.ring->data + (c * a.ring->plane + ring_row(*a.ring, row) + 1) * kLanes<T>;
      if (a.z != nullptr && skip != nullptr) {
        activate_row<T, S, true, true>(a, step, from, line, ring);
      } else if (a.z != nullptr) {
        activate_row<T, S, true, false>(a, step, from, line, ring);
      } else if (skip != nullptr) {
        activate_row<T, S, false, true>(a, step, from, line, ring);
      } else {
        activate_row<T, S, false, false>(a, step, from, line, ring);
      }
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
    Vec<T> sum{}, square{};
    for (int i = 0; i < count; ++i) {
      Vec<T> value = load(y, c * y_plane + i);
      if (dy != nullptr) {
        store(dy, c * plane + i, value);
        value = load(dy, c * plane + i);
      }
      if (sums == nullptr) continue;
      const Vec<T> centre = centred == nullptr ? Vec<T>{} : load(centred, c * plane + i);
      sum += value;
      square += value * (centre + centre + value);
    }
    if (sums == nullptr) continue;
    for (int lane = 0; lane < kLanes<T>; ++lane) {
      sums[c * kLanes<T> + lane] += static_cast<double>(sum[lane]);
      squares[c * kLanes<T> + lane] += static_cast<double>(square[lane]);
    }
  }
}

template <class T>
void subtract(T* y, int count, T shift) {
  for (int i = 0; i < count; ++i) store(y, i, load(y, i) - shift);
}

template <class T>
void activate_base(const T* centred,
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
      Vec<T> value = gain * load(centred, at) + shift;
      if (skip != nullptr) {
        value += load(skip, std::int64_t{row} * skip_stride * skip_width + w * skip_stride);
      }
      if (z != nullptr) store(z, at, value);
      store(a, at, relu ? larger<T>(Vec<T>{}, value) : value);
    }
  }
}

template <class T>
void max_pool(const T* a, const T* da, int height, int width, T* out) {
  for (int row = 0; row + 1 < height; row += 2) {
    for (int w = 0; w + 1 < width; w += 2) {
      const std::int64_t corner = std::int64_t{row} * width + w;
      const std::int64_t at[4] = {corner, corner + 1, corner + width, corner + width + 1};
      Vec<T> largest = load(a, at[0]);
      for (int i = 1; i < 4; ++i) largest = larger<T>(largest, load(a, at[i]));
      if (da != nullptr) {
        const Vec<T> base = largest;
        largest = (load(a, at[0]) - base) + load(da, at[0]);
        for (int i = 1; i < 4; ++i) {
          largest = larger<T>(largest, (load(a, at[i]) - base) + load(da, at[i]));
        }
      }
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
