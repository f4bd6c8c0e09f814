#include "src/kernels/cpu/delta_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "src/base/philox.h"
#include "src/kernels/bf16.h"
#include "src/kernels/winograd.h"

namespace zo {
namespace {

/// Aligned to a cache line, as the kernels want it.
template <class T>
class Values {
 public:
  explicit Values(std::int64_t size) : raw_(size + 64 / sizeof(T), T(0)), size_(size) {
    const auto at = reinterpret_cast<std::uintptr_t>(raw_.data());
    shift_ = (64 - at % 64) % 64 / sizeof(T);
  }
  /// Whole numbers in [−range, range] times `unit`: sums of products of them are exact.
  static Values whole(std::int64_t size, std::uint64_t seed, int range, double unit = 1.0) {
    Values values(size);
    const Philox stream(seed, Purpose::Test, 5);
    for (std::int64_t i = 0; i < size; ++i) {
      const auto drawn = static_cast<int>(stream.below(i, 2 * range + 1)) - range;
      values[i] = static_cast<T>(unit * drawn);
    }
    return values;
  }
  T* data() { return raw_.data() + shift_; }
  T& operator[](std::int64_t i) { return data()[i]; }
  std::int64_t size() const { return size_; }

 private:
  std::vector<T> raw_;
  std::int64_t size_;
  std::size_t shift_ = 0;
};

template <class T>
class DeltaKernelsOf : public ::testing::Test {
 protected:
  static std::vector<const DeltaKernels<T, T>*> all() {
    std::vector<const DeltaKernels<T, T>*> found;
    for (const char* name : {"avx512", "avx2", "baseline"}) {
      if (const auto* kernels = delta_kernels<T, T>(name)) found.push_back(kernels);
    }
    return found;
  }
};
using Types = ::testing::Types<float, double>;
TYPED_TEST_SUITE(DeltaKernelsOf, Types);

/// A convolution of whole pictures by its definition, and the same by a kernel in bands.
template <class T>
struct ConvCase {
  int channels, outputs, size, stride;
  const DeltaKernels<T, T>& k;
  PlaneShape in, out;
  Values<T> x, w;

  ConvCase(const DeltaKernels<T, T>& kernels, int c, int o, int pixels, int s, double unit)
      : channels(c),
        outputs(o),
        size(pixels),
        stride(s),
        k(kernels),
        in(c, pixels, pixels),
        out(o, (pixels + s - 1) / s, (pixels + s - 1) / s),
        x(Values<T>::whole(in.block() * kernels.lanes, 1, 2)),
        w(Values<T>::whole(std::int64_t{o} * c * 9, 2, 3, unit)) {}

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

  /// Weights in the order the kernels read them; `points` = 9 taps or 36 points.
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
  static double point(const T* taps, int p) {
    double columns[3][6], points[6];
    for (int i = 0; i < 3; ++i) {
      const double row[3] = {double(taps[3 * i]), double(taps[3 * i + 1]), double(taps[3 * i + 2])};
      winograd_filter(row, columns[i]);
    }
    const double column[3] = {columns[0][p % 6], columns[1][p % 6], columns[2][p % 6]};
    winograd_filter(column, points);
    return points[winograd_row(p / 12, p / 6 % 2)];
  }

  /// Largest deviation of `compute(ring, first, last, out, plane)` from the definition.
  template <class Compute>
  double deviation(int slots, Compute&& compute) {
    RowRing<T> ring;
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
      compute(ring, first, last, y.data(), plane);
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

TYPED_TEST(DeltaKernelsOf, ConvolutionIsTheSumOfProductsForBothStridesAndOddSizes) {
  for (const auto* kernels : this->all()) {
    for (const int stride : {1, 2}) {
      for (const int size : {8, 7, 5}) {
        ConvCase<TypeParam> c(*kernels, 3, 10, size, stride, 1.0);
        auto weights = c.packed(9);
        const double worst = c.deviation(
            3 * stride + 3, [&](const auto& ring, int first, int last, TypeParam* y, auto plane) {
              kernels->conv(
                  ring, weights.data(), c.out.padded, stride, c.out.width, first, last, y, plane);
            });
        EXPECT_EQ(worst, 0.0) << kernels->name << " stride " << stride << " size " << size;
      }
    }
  }
}

TYPED_TEST(DeltaKernelsOf, WinogradEqualsTheSumOfProducts) {
  // With taps that are multiples of 576 every step of the transform is a whole number: exact in
  // double. In float32 numbers reach 19²·10²·576·3·2·5 (row sums of Aᵀ and Bᵀ, tap, input,
  // channels), each rounded by 2⁻²⁴ at most a few dozen times.
  const double bound =
      sizeof(TypeParam) == 8 ? 0.0 : 30 * std::ldexp(361.0 * 100 * 576 * 3 * 2 * 5, -24);
  for (const auto* kernels : this->all()) {
    for (const int size : {4, 8, 12}) {
      ConvCase<TypeParam> c(*kernels, 5, 10, size, 1, 576.0);
      auto weights = c.packed(36);
      Values<TypeParam> scratch(kernels->winograd_scratch(5));
      const double worst =
          c.deviation(6, [&](const auto& ring, int first, int, TypeParam* y, auto plane) {
            kernels->winograd(ring, weights.data(), c.out.padded, first, scratch.data(), y, plane);
          });
      EXPECT_LE(worst, bound) << kernels->name << " size " << size;
    }
  }
}

TYPED_TEST(DeltaKernelsOf, KeptOutputsAreTheConvolutionsAndTheirMomentsWhole) {
  for (const auto* kernels : this->all()) {
    const int lanes = kernels->lanes;
    for (const int stride : {1, 2}) {
      for (const bool fast : {false, true}) {
        if (fast && stride == 2) continue;
        ConvCase<TypeParam> c(*kernels, 3, 10, 8, stride, fast ? 576.0 : 1.0);
        const PlaneShape& out = c.out;
        auto direct = c.packed(9), points = c.packed(36);
        auto centred = Values<TypeParam>::whole(out.block() * lanes, 7, 3);
        Values<TypeParam> dy(out.block() * lanes), partial(2 * out.padded * lanes);
        Values<TypeParam> scratch(kernels->winograd_scratch(3));
        std::vector<double> sums(out.padded * lanes), squares(sums.size());
        std::vector<double> true_sums(sums.size()), true_squares(sums.size());
        c.deviation(
            stride * 3 + 3, [&](const auto& ring, int first, int last, TypeParam* y, auto plane) {
              KeepRows<TypeParam, TypeParam> keep;
              keep.dy = dy.data() + std::int64_t{first} * out.width * lanes;
              keep.centred = centred.data() + std::int64_t{first} * out.width * lanes;
              keep.plane = out.plane;
              keep.partial = partial.data();
              keep.sums = sums.data();
              keep.squares = squares.data();
              if (fast) {
                kernels->winograd_keep(
                    ring, points.data(), out.padded, first, scratch.data(), keep);
                kernels->winograd(ring, points.data(), out.padded, first, scratch.data(), y, plane);
              } else {
                kernels->conv_keep(
                    ring, direct.data(), out.padded, stride, out.width, first, last, keep);
                kernels->conv(
                    ring, direct.data(), out.padded, stride, out.width, first, last, y, plane);
              }
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
          // Winograd's float32 outputs are not whole numbers; their squares round.
          const double slack = sizeof(TypeParam) == 4 && fast ? 1e-5 : 0.0;
          EXPECT_NEAR(sums[i], true_sums[i], slack * std::abs(true_squares[i])) << kernels->name;
          EXPECT_NEAR(squares[i], true_squares[i], slack * std::abs(true_squares[i]));
        }
      }
    }
  }
}

TYPED_TEST(DeltaKernelsOf, LinearLayerIsTheSumOfProducts) {
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

TYPED_TEST(DeltaKernelsOf, ActivationChangesAsTheReluOfTheSumMinusTheReluOfTheBase) {
  // Halves and whole numbers: every operation is exact, so both formulas agree to the last bit.
  const ChannelStep<TypeParam> steps[2] = {{2, 1, TypeParam(0.5), 3, -1}, {-1, 2, 1, 1, 2}};
  for (const auto* kernels : this->all()) {
    const int lanes = kernels->lanes, width = 3, rows = 4;
    const PlaneShape shape(2, rows, width);
    const auto draw = [&](int seed) {
      return Values<TypeParam>::whole(2 * shape.plane * 4 * lanes, seed, 4);
    };
    auto dy = draw(1), centred = draw(2), z = draw(3), skip = draw(4);
    const std::int64_t skip_plane = 4 * shape.plane * lanes;  // twice as high and wide
    for (int variant = 0; variant < 16; ++variant) {
      const bool relu = (variant & 1) != 0, has_z = (variant & 2) != 0;
      const bool has_skip = (variant & 4) != 0, to_ring = (variant & 8) != 0;
      RowRing<TypeParam> ring{.data = nullptr,
                              .channels = 2,
                              .width = width,
                              .height = rows,
                              .slots = 6,
                              .plane = 6 * (width + 2)};
      Values<TypeParam> ring_room(2 * ring.plane * lanes), wide(dy.size()), dense(dy.size());
      ring.data = ring_room.data();
      const TypeParam* skips[2] = {nullptr, skip.data() + skip_plane};
      ActivateRows<TypeParam, TypeParam> a;
      a.dy = dy.data();
      a.centred = centred.data();
      a.z = has_z ? z.data() : nullptr;
      a.plane = shape.plane;
      a.steps = steps;
      a.skip = has_skip ? skips : nullptr;
      a.skip_stride = 2;
      a.skip_width = 2 * width;
      a.channels = 2;
      a.width = width;
      a.first = 1;
      a.last = rows;
      a.relu = relu;
      a.ring = to_ring ? &ring : nullptr;
      a.wide = wide.data();
      a.dense = dense.data();
      kernels->activate(a);
      for (int c = 0; c < 2; ++c) {
        for (int i = width; i < rows * width; ++i) {
          for (int lane = 0; lane < lanes; ++lane) {
            const std::int64_t at = (c * shape.plane + i) * lanes + lane;
            const int row = i / width, column = i % width;
            TypeParam dz =
                steps[c].slope * dy[at] + steps[c].base * centred[at] + steps[c].constant;
            if (has_skip && c == 1) {
              dz += skip[skip_plane + (2 * row * 2 * width + 2 * column) * lanes + lane];
            }
            const TypeParam base = has_z ? z[at] : steps[c].gain * centred[at] + steps[c].shift;
            const TypeParam zero = 0;
            const TypeParam truth = relu ? std::max(base + dz, zero) - std::max(base, zero) : dz;
            EXPECT_EQ(dense[at], truth);
            EXPECT_EQ(to_ring
                          ? ring_room[(c * ring.plane + ring.row(row) + 1 + column) * lanes + lane]
                          : wide[at],
                      truth)
                << kernels->name << " variant " << variant;
          }
        }
      }
    }
  }
}

TYPED_TEST(DeltaKernelsOf, ANotANumberInTheChangeSurvivesTheReluAndThePooling) {
  const ChannelStep<TypeParam> step{1, 0, 0, 1, 0};
  for (const auto* kernels : this->all()) {
    for (const double base : {-1.0, 1.0}) {
      Values<TypeParam> dy(4 * kernels->lanes), centred(4 * kernels->lanes), da(4 * kernels->lanes);
      std::fill_n(dy.data(), dy.size(), std::numeric_limits<TypeParam>::quiet_NaN());
      std::fill_n(centred.data(), centred.size(), static_cast<TypeParam>(base));
      ActivateRows<TypeParam, TypeParam> a;
      a.dy = dy.data();
      a.centred = centred.data();
      a.steps = &step;
      a.channels = 1;
      a.width = a.last = 2;
      a.wide = da.data();
      kernels->activate(a);
      EXPECT_TRUE(std::isnan(da[0]));
      Values<TypeParam> pooled(kernels->lanes);
      kernels->max_pool(centred.data(), da.data(), 2, 2, pooled.data());
      EXPECT_TRUE(std::isnan(pooled[0]));
    }
  }
}

TYPED_TEST(DeltaKernelsOf, FinishKeepsTheChangeAndAddsItsMoments) {
  for (const auto* kernels : this->all()) {
    const int lanes = kernels->lanes, count = 7, plane = 9;
    auto y = Values<TypeParam>::whole(2 * 8 * lanes, 1, 5);
    auto centred = Values<TypeParam>::whole(2 * plane * lanes, 2, 5);
    for (const bool has_centre : {false, true}) {
      Values<TypeParam> dy(2 * plane * lanes);
      std::vector<double> sums(2 * lanes, 1.0), squares(2 * lanes, 2.0);
      kernels->finish(y.data(),
                      8,
                      has_centre ? centred.data() : nullptr,
                      dy.data(),
                      plane,
                      2,
                      count,
                      sums.data(),
                      squares.data());
      for (int c = 0; c < 2; ++c) {
        for (int lane = 0; lane < lanes; ++lane) {
          double sum = 1.0, square = 2.0;
          for (int i = 0; i < count; ++i) {
            const double value = y[(c * 8 + i) * lanes + lane];
            const double centre = has_centre ? centred[(c * plane + i) * lanes + lane] : 0;
            EXPECT_EQ(dy[(c * plane + i) * lanes + lane], value);
            sum += value;
            square += (centre + value) * (centre + value) - centre * centre;
          }
          EXPECT_EQ(sums[c * lanes + lane], sum);
          EXPECT_EQ(squares[c * lanes + lane], square);
        }
      }
    }
  }
}

TYPED_TEST(DeltaKernelsOf, PoolingTakesTheLargestOfFourAndItsChange) {
  for (const auto* kernels : this->all()) {
    const int lanes = kernels->lanes, height = 5, width = 4;
    auto a = Values<TypeParam>::whole(height * width * lanes, 1, 9);
    auto da = Values<TypeParam>::whole(height * width * lanes, 2, 9);
    Values<TypeParam> base(4 * lanes), change(4 * lanes), mean(lanes);
    kernels->max_pool(a.data(), nullptr, height, width, base.data());
    kernels->max_pool(a.data(), da.data(), height, width, change.data());
    for (int i = 0; i < 4; ++i) {
      for (int lane = 0; lane < lanes; ++lane) {
        TypeParam largest = -99, changed = -99;
        for (int j = 0; j < 4; ++j) {
          const int pixel = (2 * (i / 2) + j / 2) * width + 2 * (i % 2) + j % 2;
          largest = std::max(largest, a[pixel * lanes + lane]);
          changed = std::max(changed, a[pixel * lanes + lane] + da[pixel * lanes + lane]);
        }
        EXPECT_EQ(base[i * lanes + lane], largest);
        EXPECT_EQ(change[i * lanes + lane], changed - largest);
      }
    }
    kernels->mean(a.data(), 16, mean.data());
    double sum = 0.0;
    for (int i = 0; i < 16; ++i) sum += a[i * lanes];
    EXPECT_EQ(mean[0], sum / 16);
  }
}

TYPED_TEST(DeltaKernelsOf, BaseActivationAddsTheSubsampledShortcut) {
  for (const auto* kernels : this->all()) {
    const int lanes = kernels->lanes;
    auto centred = Values<TypeParam>::whole(4 * lanes, 1, 5);
    auto skip = Values<TypeParam>::whole(16 * lanes, 2, 5);
    Values<TypeParam> z(4 * lanes), a(4 * lanes);
    kernels->activate_base(
        centred.data(), 3, 2, 1, skip.data(), 2, 4, true, 2, 2, z.data(), a.data());
    for (int i = 0; i < 4; ++i) {
      const TypeParam shortcut = skip[(i / 2 * 8 + i % 2 * 2) * lanes];
      EXPECT_EQ(z[i * lanes], 2 * (centred[i * lanes] - 3) + 1 + shortcut);
      EXPECT_EQ(a[i * lanes], std::max(z[i * lanes], TypeParam(0)));
    }
    auto shifted = Values<TypeParam>::whole(4 * lanes, 1, 5);
    std::vector<double> sums(lanes, 1.0), squares(lanes, 2.0);
    kernels->center(shifted.data(), 4, 3, false, sums.data(), squares.data());
    EXPECT_EQ(shifted[0], centred[0]);
    kernels->center(shifted.data(), 4, 3, true, sums.data(), squares.data());
    double sum = 1.0, square = 2.0;
    for (int i = 0; i < 4; ++i) {
      sum += 2 * (centred[i * lanes] - 3);
      square += 2 * (centred[i * lanes] - 3) * (centred[i * lanes] - 3);
    }
    EXPECT_EQ(sums[0], sum);
    EXPECT_EQ(squares[0], square);
    kernels->add_scaled(shifted.data(), skip.data(), 2, 3, TypeParam(0.5));
    EXPECT_EQ(shifted[0], centred[0] - 3 + TypeParam(0.5) * skip[0]);
    EXPECT_EQ(shifted[lanes], centred[lanes] - 3 + TypeParam(0.5) * skip[3 * lanes]);
    EXPECT_EQ(shifted[2 * lanes], centred[2 * lanes] - 3);
  }
}

TEST(DeltaKernels, ChangesKeptAsBfloat16RoundToNearestTiesToEven) {
  const struct {
    std::uint32_t bits;
    std::uint16_t rounded;
  } cases[] = {{0x3F800000, 0x3F80},   // 1
               {0x3F808000, 0x3F80},   // a tie: down to the even one
               {0x3F818000, 0x3F82},   // a tie: up to the even one
               {0x3F808001, 0x3F81},   // above the tie
               {0xBF80FFFF, 0xBF81},   // negative, away from zero
               {0x7F800000, 0x7F80},   // infinity
               {0x7FC00000, 0x7FC0}};  // not a number stays one
  for (const char* name : {"avx512", "avx2", "baseline"}) {
    const auto* kernels = delta_kernels<float, Bf16>(name);
    if (kernels == nullptr) continue;
    for (const auto& [bits, rounded] : cases) {
      Values<float> y(kernels->lanes);
      std::fill_n(y.data(), kernels->lanes, std::bit_cast<float>(bits));
      alignas(64) Bf16 kept[16];
      kernels->finish(y.data(), 1, nullptr, kept, 1, 1, 1, nullptr, nullptr);
      EXPECT_EQ(kept[0].bits, rounded);
      EXPECT_EQ(kept[kernels->lanes - 1].bits, rounded);
    }
  }
}

TEST(DeltaKernels, AnUnknownKindIsRefused) {
  EXPECT_EQ((delta_kernels<float, float>("mmx")), nullptr);
}

}  // namespace
}  // namespace zo
