#include "src/delta/cpu/kernels/delta_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "src/delta/cpu/kernels/winograd_strided.h"
#include "tests/delta/cpu/kernel_values.h"

namespace zo {
namespace {

using testing::Values;
template <class T>
using DeltaConv = testing::DeltaKernelsOf<T>;
using Types = ::testing::Types<float, double>;
TYPED_TEST_SUITE(DeltaConv, Types);

/// A convolution of whole pictures by its definition, and the same by a kernel in bands.
template <class T>
struct ConvCase {
  int channels, outputs, size, stride;
  const DeltaKernels<T, T>& k;
  PlaneShape in, out;
  Values<T> x, w;

  ConvCase(const DeltaKernels<T, T>& kernels, int c, int o, int pixels, int s)
      : channels(c),
        outputs(o),
        size(pixels),
        stride(s),
        k(kernels),
        in(c, pixels, pixels),
        out(o, (pixels + s - 1) / s, (pixels + s - 1) / s),
        x(Values<T>::whole(in.block() * kernels.lanes, 1, 2)),
        w(Values<T>::whole(std::int64_t{o} * c * 9, 2, 3)) {}

  double expected(int o, int row, int column, int lane) {
    double sum = 0.0;
    for (int c = 0; c < channels; ++c) {
      for (int tap = 0; tap < 9; ++tap) {
        const int h = stride * row + tap / 3 - 1, v = stride * column + tap % 3 - 1;
        if (h < 0 || h >= size || v < 0 || v >= size) continue;
        const auto at = (c * in.plane + std::int64_t{h} * size + v) * k.lanes + lane;
        sum += static_cast<double>(w[(std::int64_t{o} * channels + c) * 9 + tap]) *
               static_cast<double>(x[at]);
      }
    }
    return sum;
  }

  ConvBand<T> band(Values<T>& weights, Values<T>& scratch) {
    ConvBand<T> band;
    band.weights = weights.data();
    band.scratch = scratch.data();
    band.padded = out.padded;
    band.stride = stride;
    band.width = out.width;
    return band;
  }

  /// Weights in the order the kernels read them; `points` = 9 taps, or 36 filters of points.
  Values<T> packed(int points) {
    Values<T> result(std::int64_t{out.padded} * channels * points);
    for (int o = 0; o < outputs; ++o) {
      for (int c = 0; c < channels; ++c) {
        const T* taps = w.data() + (std::int64_t{o} * channels + c) * 9;
        for (int p = 0; p < points; ++p) {
          const std::int64_t inner =
              points == 9 ? std::int64_t{c} * 9 + p : std::int64_t{p} * channels + c;
          result[(std::int64_t{o / k.out_block} * channels * points + inner) * k.out_block +
                 o % k.out_block] = static_cast<T>(points == 9 ? taps[p] : point(taps, p));
        }
      }
    }
    return result;
  }
  double point(const T* taps, int p) const {
    const auto transform = stride == 2 ? strided_taps : winograd_filter;
    double columns[3][6], points[6];
    for (int i = 0; i < 3; ++i) {
      const double row[3] = {double(taps[3 * i]), double(taps[3 * i + 1]), double(taps[3 * i + 2])};
      transform(row, columns[i]);
    }
    const double column[3] = {columns[0][p % 6], columns[1][p % 6], columns[2][p % 6]};
    transform(column, points);
    return points[stride == 2 ? p / 6 : winograd_row(p / 12, p / 6 % 2)];
  }

  /// Largest deviation of `compute(ring, first, last, out, plane)` from the definition.
  template <class Compute>
  double deviation(ConvBand<T>& band, Compute&& compute) {
    const int slots = 3 * stride + 3;
    RowRing<T> ring;
    band.ring = &ring;
    ring.channels = channels;
    ring.width = ring.height = size;
    ring.slots = slots;
    ring.plane = PlaneShape::odd_plane(std::int64_t{slots} * (size + 2));
    Values<T> room = Values<T>::whole(channels * ring.plane * k.lanes, 3, 50);  // rubbish
    ring.data = room.data();
    std::vector<const T*> planes(channels);
    for (int c = 0; c < channels; ++c) planes[c] = x.data() + c * in.plane * k.lanes;
    const std::int64_t plane = PlaneShape::odd_plane(4 * out.width);
    Values<T> y(out.padded * plane * k.lanes);
    double worst = 0.0;
    int fed = -1;
    for (int first = 0; first < out.height; first += 4) {
      const int last = std::min(first + 4, out.height), needed = stride * (last - 1) + 2;
      k.fill(ring, planes.data(), fed, needed);
      fed = needed;
      band.first = first;
      band.last = last;
      compute(y.data(), plane);
      for (int o = 0; o < outputs; ++o) {
        for (int i = 0; i < (last - first) * out.width * k.lanes; ++i) {
          const int pixel = i / k.lanes;
          const double truth =
              expected(o, first + pixel / out.width, pixel % out.width, i % k.lanes);
          worst = std::max(worst, std::abs(double(y[o * plane * k.lanes + i]) - truth));
        }
      }
    }
    return worst;
  }
};

TYPED_TEST(DeltaConv, ConvolutionIsTheSumOfProductsForBothStridesAndOddSizes) {
  for (const auto* kernels : this->all()) {
    for (const int stride : {1, 2}) {
      for (const int size : {8, 7, 5}) {
        ConvCase<TypeParam> c(*kernels, 3, 10, size, stride);
        auto weights = c.packed(9);
        Values<TypeParam> none(0);
        auto band = c.band(weights, none);
        const double worst = c.deviation(band, [&](TypeParam* y, auto plane) {
          kernels->conv(Product::Direct).plain(band, y, plane);
        });
        EXPECT_EQ(worst, 0.0) << kernels->name << " stride " << stride << " size " << size;
      }
    }
  }
}

TYPED_TEST(DeltaConv, WinogradEqualsTheSumOfProducts) {
  // Numbers reach (7.4·5.2·1.5)²·3·2·5 (row sums of Aᵀ, Bᵀ and G, tap, input, channels), each
  // rounded at most a few dozen times. In double that leaves no room for a wrong constant.
  const double reach = std::pow(7.4 * 5.2 * 1.5, 2) * 3 * 2 * 5;
  const double bound = 30 * std::ldexp(reach, sizeof(TypeParam) == 8 ? -53 : -24);
  for (const auto* kernels : this->all()) {
    for (const auto& [size, stride] : {std::pair{4, 1}, {8, 1}, {12, 1}, {8, 2}, {7, 2}, {24, 2}}) {
      ConvCase<TypeParam> c(*kernels, 5, 10, size, stride);
      auto weights = c.packed(36);
      const auto& winograd = kernels->conv(stride == 1 ? Product::Winograd : Product::Strided);
      Values<TypeParam> scratch(winograd.scratch(5, size, 3 * stride + 3));
      auto band = c.band(weights, scratch);
      const double worst =
          c.deviation(band, [&](TypeParam* y, auto plane) { winograd.plain(band, y, plane); });
      EXPECT_LE(worst, bound) << kernels->name << " size " << size << " stride " << stride;
    }
  }
}

TYPED_TEST(DeltaConv, KeptOutputsAreTheConvolutionsAndTheirMomentsWhole) {
  for (const auto* kernels : this->all()) {
    const int lanes = kernels->lanes;
    for (const int stride : {1, 2}) {
      for (const bool fast : {false, true}) {
        ConvCase<TypeParam> c(*kernels, 3, 10, 8, stride);
        const PlaneShape& out = c.out;
        auto weights = c.packed(fast ? 36 : 9);
        auto centred = Values<TypeParam>::whole(out.block() * lanes, 7, 3);
        Values<TypeParam> dy(out.block() * lanes), partial(2 * out.padded * lanes);
        const auto& kernel = kernels->conv(!fast         ? Product::Direct
                                           : stride == 1 ? Product::Winograd
                                                         : Product::Strided);
        Values<TypeParam> scratch(kernel.scratch(3, 8, 3 * stride + 3));
        std::vector<double> sums(out.padded * lanes), squares(sums.size());
        std::vector<double> true_sums(sums.size()), true_squares(sums.size());
        auto band = c.band(weights, scratch);
        c.deviation(band, [&](TypeParam* y, auto plane) {
          const int first = band.first, last = band.last;
          KeepRows<TypeParam, TypeParam> keep;
          keep.dy = dy.data() + std::int64_t{first} * out.width * lanes;
          keep.centred = centred.data() + std::int64_t{first} * out.width * lanes;
          keep.plane = out.plane;
          keep.partial = partial.data();
          keep.sums = sums.data();
          keep.squares = squares.data();
          kernel.keep(band, keep);
          kernel.plain(band, y, plane);
          for (int o = 0; o < out.channels; ++o) {
            for (int i = 0; i < (last - first) * out.width * lanes; ++i) {
              const double value = y[o * plane * lanes + i];
              const std::int64_t at = (o * out.plane + first * out.width) * lanes + i;
              EXPECT_EQ(dy[at], y[o * plane * lanes + i]);
              const double centre = centred[at];
              true_sums[o * lanes + i % lanes] += value;
              true_squares[o * lanes + i % lanes] += value * (2 * centre + value);
            }
          }
        });
        for (int i = 0; i < out.channels * lanes; ++i) {
          // Winograd's outputs are not whole numbers; their squares round, added up over the pixels.
          const double slack = fast ? std::ldexp(168.0, sizeof(TypeParam) == 8 ? -53 : -24) : 0.0;
          EXPECT_NEAR(sums[i], true_sums[i], slack * std::abs(true_squares[i])) << kernels->name;
          EXPECT_NEAR(squares[i], true_squares[i], slack * std::abs(true_squares[i]));
        }
      }
    }
  }
}

TYPED_TEST(DeltaConv, LinearLayerIsTheSumOfProducts) {
  for (const auto* kernels : this->all()) {
    const int lanes = kernels->lanes, block = kernels->out_block;
    auto x = Values<TypeParam>::whole(3 * 4 * lanes, 1, 5);
    auto weights = Values<TypeParam>::whole(16 * 12, 2, 5);
    const TypeParam* planes[3] = {x.data(), x.data() + 4 * lanes, x.data() + 8 * lanes};
    Values<TypeParam> y(16 * lanes);
    kernels->linear(planes, 3, 4, weights.data(), 16, y.data(), 1);
    for (int o = 0; o < 16; ++o) {
      for (int lane = 0; lane < lanes; ++lane) {
        TypeParam sum = 0;
        for (int f = 0; f < 12; ++f) {
          sum += weights[(o / block * 12 + f) * block + o % block] * x[f * lanes + lane];
        }
        EXPECT_EQ(y[o * lanes + lane], sum);
      }
    }
  }
}

}  // namespace
}  // namespace zo
