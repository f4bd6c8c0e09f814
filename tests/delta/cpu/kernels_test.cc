#include "src/delta/cpu/kernels/delta_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "src/base/philox.h"
#include "src/kernels/bf16.h"
#include "src/kernels/cross_entropy.h"
#include "tests/delta/cpu/kernel_values.h"

namespace zo {
namespace {

using testing::Values;
template <class T>
using DeltaPointwise = testing::DeltaKernelsOf<T>;
using Types = ::testing::Types<float, double>;
TYPED_TEST_SUITE(DeltaPointwise, Types);

TYPED_TEST(DeltaPointwise, CrossEntropyIsThatOfEveryPictureAlone) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const int classes = 10;
  // Of the first pictures a logit so many classes behind their own.
  const std::pair<int, double> odd[] = {{3, std::nan("")}, {1, kInf}, {0, -kInf}, {1, -kInf}};
  const auto check = [&](const auto& kernels, double spread, int first) {
    const int lanes = kernels.lanes;
    Values<double> base(classes * lanes);
    Values<TypeParam> change(classes * lanes);
    const Philox stream(5, Purpose::Test, 1);
    for (int i = 0; i < classes * lanes; ++i) {
      base[i] = spread * (2.0 * stream.uniform(2 * i) - 1.0);
      change[i] = static_cast<TypeParam>(0.1 * stream.uniform(2 * i + 1));
    }
    std::vector<std::int32_t> labels(lanes);
    for (int lane = 0; lane < lanes; ++lane) labels[lane] = (3 * lane + 1) % classes;
    for (int lane = 0; lane < std::min(lanes, 4 - first); ++lane) {
      const auto [behind, logit] = odd[first + lane];
      base[(labels[lane] + behind) % classes * lanes + lane] = logit;
    }
    for (const bool moved : {false, true}) {
      std::vector<double> losses(lanes), row(classes);
      kernels.cross_entropy(
          base.data(), moved ? change.data() : nullptr, labels.data(), classes, losses.data());
      for (int lane = 0; lane < lanes; ++lane) {
        for (int c = 0; c < classes; ++c) {
          row[c] = base[c * lanes + lane] +
                   (moved ? static_cast<double>(change[c * lanes + lane]) : 0.0);
        }
        const double truth = cross_entropy_row(row.data(), classes, labels[lane]);
        EXPECT_EQ(std::isfinite(losses[lane]), std::isfinite(truth)) << lane;
        if (!std::isfinite(truth)) continue;
        // eˣ to two units, ten of them added, the logarithm and a sum rounded.
        const double bound = 16 * 0x1p-53 * std::max(1.0, std::abs(truth));
        EXPECT_NEAR(losses[lane], truth, bound) << kernels.name << " " << spread;
      }
    }
  };
  // Spreads up to where eˣ leaves the numbers, and one class far above or below the others. Two
  // odd pictures at a time, as the narrowest kernels have two lanes.
  for (const double spread : {1e-3, 2.0, 90.0, 1500.0}) {
    for (const auto* kernels : this->all()) {
      for (const int first : {0, 2}) check(*kernels, spread, first);
    }
  }
}

TYPED_TEST(DeltaPointwise, ActivationChangesAsTheReluOfTheSumMinusTheReluOfTheBase) {
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

TYPED_TEST(DeltaPointwise, ANotANumberInTheChangeSurvivesTheReluAndThePooling) {
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

TYPED_TEST(DeltaPointwise, OneNotANumberAmongFourSurvivesThePoolingWhereverItStands) {
  for (const auto* kernels : this->all()) {
    const int lanes = kernels->lanes;
    for (int at = 0; at < 4; ++at) {
      Values<TypeParam> a(4 * lanes), da(4 * lanes), base(lanes), change(lanes);
      da[at * lanes] = std::numeric_limits<TypeParam>::quiet_NaN();
      kernels->max_pool(da.data(), nullptr, 2, 2, base.data());
      kernels->max_pool(a.data(), da.data(), 2, 2, change.data());
      EXPECT_TRUE(std::isnan(base[0])) << kernels->name << " " << at;
      EXPECT_TRUE(std::isnan(change[0])) << kernels->name << " " << at;
    }
  }
}

TYPED_TEST(DeltaPointwise, RemovingAMeanKeepsTheRestAndAddsItsMoments) {
  for (const auto* kernels : this->all()) {
    const int lanes = kernels->lanes, count = 7;
    auto dy = Values<TypeParam>::whole(count * lanes, 1, 5);
    auto before = Values<TypeParam>::whole(count * lanes, 1, 5);
    auto centred = Values<TypeParam>::whole(count * lanes, 2, 5);
    std::vector<double> sums(lanes, 1.0), squares(lanes, 2.0);
    kernels->remove_mean(
        dy.data(), centred.data(), count, TypeParam(3), sums.data(), squares.data());
    for (int lane = 0; lane < lanes; ++lane) {
      double sum = 1.0, square = 2.0;
      for (int i = 0; i < count; ++i) {
        const double value = before[i * lanes + lane] - 3, c = centred[i * lanes + lane];
        EXPECT_EQ(dy[i * lanes + lane], value);
        sum += value;
        square += (c + value) * (c + value) - c * c;
      }
      EXPECT_EQ(sums[lane], sum);
      EXPECT_EQ(squares[lane], square);
    }
  }
}

TYPED_TEST(DeltaPointwise, FinishKeepsTheChangeAndAddsItsMoments) {
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

TYPED_TEST(DeltaPointwise, PoolingTakesTheLargestOfFourAndItsChange) {
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

TYPED_TEST(DeltaPointwise, BaseActivationAddsTheSubsampledShortcut) {
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
