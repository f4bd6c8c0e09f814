#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "src/delta/stacked/cuda/elements.h"
#include "src/delta/stacked/wave_work.h"

namespace zo {

/// Side of the largest plane that spread_channels keeps on chip, and what a thread of it computes: four
/// pixels of a row in each of eight channels.
constexpr int kMostSide = 32, kSpreadPixels = 4, kSpreadChannels = 8;

/// sum + w·x. Where the sum is kept as bf16 anyway it is fused, in half the instructions; else it
/// rounds as the loops on the CPU do.
template <class S, class T>
__device__ T add_product(T sum, T w, T x) {
  if constexpr (std::is_same_v<S, Bf16>) {
    return fmaf(w, x, sum);
  } else {
    return sum + w * x;
  }
}

/// A block takes some channels of a picture. Every plane that changed goes to shared memory with a rim
/// of zeros, so that no tap asks whether it is inside (a zero adds nothing to a sum), and every thread
/// reads its part of it once for all its channels. Sums are those of SpreadChannels::compute, in its
/// order. x counts four pixels each, y groups of channels; planes and probes are the grid's y and z.
template <int Stride, class T, class S>
static __global__ void __launch_bounds__(kBlock) spread_channels(SpreadChannels<T, S> work) {
  constexpr int kColumns = (kSpreadPixels - 1) * Stride + 3;
  __shared__ T plane[(kMostSide + 2) * (kMostSide + 2)];
  const MapShape& shape = work.shape;
  const int width = shape.in_width + 2, thread = threadIdx.y * blockDim.x + threadIdx.x;
  const int threads = blockDim.x * blockDim.y;
  const int pixel = static_cast<int>(threadIdx.x) * kSpreadPixels;
  const int row = pixel / shape.out_width, column = pixel - row * shape.out_width;
  const int channel = (blockIdx.x * blockDim.y + threadIdx.y) * kSpreadChannels;
  for (int i = thread; i < width * (shape.in_height + 2); i += threads) plane[i] = T(0);

  for (std::int64_t probe = blockIdx.z; probe < work.probes; probe += gridDim.z) {
    for (std::int64_t picture = blockIdx.y; picture < work.pictures; picture += gridDim.y) {
      T sums[kSpreadChannels][kSpreadPixels] = {};
      for (int j = work.first_change[probe]; j < work.first_change[probe + 1]; ++j) {
        const S* x = work.change + (j * work.pictures + picture) * shape.in_pixels();
        __syncthreads();  // all have read the plane before
        for (int i = thread * kSpreadPixels; i < shape.in_pixels(); i += threads * kSpreadPixels) {
          const Pack<S, kSpreadPixels> pack = read_pack<kSpreadPixels>(x + i);
          const int from_row = i / shape.in_width;
          T* to = plane + (from_row + 1) * width + 1 + i - from_row * shape.in_width;
          for (int k = 0; k < kSpreadPixels; ++k) to[k] = widened<T>(pack.value[k]);
        }
        __syncthreads();
        T window[3][kColumns];
        for (int r = 0; r < 3; ++r) {
          for (int c = 0; c < kColumns; ++c) {
            window[r][c] = plane[(row * Stride + r) * width + column * Stride + c];
          }
        }
        for (int own = 0; own < kSpreadChannels && channel + own < work.channels; ++own) {
          const T* w = work.weights(channel + own, j);
          for (int k = 0; k < kSpreadPixels; ++k) {
            for (int tap = 0; tap < 9; ++tap) {
              sums[own][k] =
                  add_product<S>(sums[own][k], w[tap], window[tap / 3][k * Stride + tap % 3]);
            }
          }
        }
      }
      for (int own = 0; own < kSpreadChannels && channel + own < work.channels; ++own) {
        Pack<S, kSpreadPixels> out;
        for (int k = 0; k < kSpreadPixels; ++k) keep(sums[own][k], &out.value[k]);
        const std::int64_t at = (probe * work.pictures + picture) * work.channels + channel + own;
        write_pack<kSpreadPixels>(out, work.dy + at * shape.out_pixels() + pixel);
      }
    }
  }
}

/// Convolutions of planes that fit; every other shape goes element by element.
template <class T, class S>
int launch_spread(const SpreadChannels<T, S>& work, std::int64_t most_rows = kMostRows) {
  const MapShape& shape = work.shape;
  const bool fits = !work.linear && shape.in_height <= kMostSide && shape.in_width <= kMostSide &&
                    shape.in_width % kSpreadPixels == 0 && shape.out_width % kSpreadPixels == 0 &&
                    shape.out_pixels() <= kBlock * kSpreadPixels &&
                    (shape.stride == 1 || shape.stride == 2);
  if (!fits) return launch_each(work);
  if (work.size() == 0) return 0;
  const int across = shape.out_pixels() / kSpreadPixels;
  const int groups =
      std::min(kBlock / across, (work.channels + kSpreadChannels - 1) / kSpreadChannels);
  const int channels = groups * kSpreadChannels;
  return launch(SpreadChannels<T, S>::kName,
                shape.stride == 1 ? &spread_channels<1, T, S> : &spread_channels<2, T, S>,
                dim3(static_cast<unsigned>((work.channels + channels - 1) / channels),
                     rows_of_grid(work.pictures, most_rows),
                     rows_of_grid(work.probes, most_rows)),
                dim3(static_cast<unsigned>(across), static_cast<unsigned>(groups)),
                work);
}

}  // namespace zo
