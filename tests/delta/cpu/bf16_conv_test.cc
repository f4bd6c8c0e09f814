#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "src/delta/cpu/kernels/bf16_conv.h"
#include "src/delta/cpu/kernels/delta_kernels.h"
#include "tests/delta/cpu/kernel_values.h"

namespace zo {
namespace {

using testing::Values;
using Kernels = DeltaKernels<float, Bf16>;

double rounded(float value) { return static_cast<double>(to_float(to_bf16(value))); }

/// A convolution of one block of pictures with inputs and weights that bfloat16 cannot hold.
struct Bf16Case {
  const Kernels& k;
  PlaneShape in, out;
  int stride;
  Values<float> x, w;
  Bf16ConvLayout layout;

  Bf16Case(const Kernels& kernels, int channels, int outputs, int size, int step)
      : k(kernels),
        in(channels, size, size),
        out(outputs, (size + step - 1) / step, (size + step - 1) / step),
        stride(step),
        x(Values<float>::whole(in.block() * k.lanes, 1, 5000, 1e-3)),
        w(Values<float>::whole(std::int64_t{9} * outputs * channels, 2, 5000, 1e-4)),
        layout(channels, out.padded, k.bf16_outs) {}

  /// The sum of products and that of their magnitudes.
  std::pair<double, double> truth(int o, int row, int column, int lane) {
    double sum = 0.0, size = 0.0;
    for (int c = 0; c < in.channels; ++c) {
      for (int tap = 0; tap < 9; ++tap) {
        const int h = stride * row + tap / 3 - 1, v = stride * column + tap % 3 - 1;
        if (h < 0 || h >= in.height || v < 0 || v >= in.width) continue;
        const auto at = (c * in.plane + std::int64_t{h} * in.width + v) * k.lanes + lane;
        const double product =
            rounded(w[(std::int64_t{o} * in.channels + c) * 9 + tap]) * rounded(x[at]);
        sum += product;
        size += std::abs(product);
      }
    }
    return {sum, size};
  }

  /// Largest error of an output as a share of what float32 sums may lose.
  double run() {
    const int slots = 3 * stride + 3;
    RowRing<float> ring;
    ring.channels = in.channels;
    ring.width = in.width;
    ring.height = in.height;
    ring.slots = slots;
    ring.plane = PlaneShape::odd_plane(std::int64_t{slots} * (in.width + 2));
    auto room = Values<float>::whole(in.channels * ring.plane * k.lanes, 3, 50);  // rubbish
    ring.data = room.data();
    std::vector<const float*> planes;
    planes.reserve(in.channels);
    for (int c = 0; c < in.channels; ++c) planes.push_back(x.data() + c * in.plane * k.lanes);
    std::vector<std::uint16_t> words(out.padded / layout.outs * layout.block);
    auto* weights = reinterpret_cast<Bf16*>(words.data());
    for (int o = 0; o < out.channels; ++o) {
      for (int c = 0; c < in.channels; ++c) {
        for (int tap = 0; tap < 9; ++tap) {
          weights[layout.index(o, c, tap)] =
              to_bf16(w[(std::int64_t{o} * in.channels + c) * 9 + tap]);
        }
      }
    }
    const auto& kernel = k.conv(Product::Bf16);
    Values<float> scratch(kernel.scratch(in.channels, in.width, slots));
    Values<float> y(out.block() * k.lanes);
    ConvBand<float> band;
    band.ring = &ring;
    band.bf16_weights = weights;
    band.layout = layout;
    band.padded = out.padded;
    band.stride = stride;
    band.width = out.width;
    band.scratch = scratch.data();
    int fed = -1;
    for (band.first = 0; band.first < out.height; band.first += 4) {
      band.last = std::min(band.first + 4, out.height);
      const int needed = stride * (band.last - 1) + 2;
      k.fill(ring, planes.data(), fed, needed);
      fed = needed;
      kernel.plain(band, y.data() + std::int64_t{band.first} * out.width * k.lanes, out.plane);
    }
    double worst = 0.0;
    for (int o = 0; o < out.channels; ++o) {
      for (int i = 0; i < out.pixels() * k.lanes; ++i) {
        const int pixel = i / k.lanes;
        const auto [sum, size] = truth(o, pixel / out.width, pixel % out.width, i % k.lanes);
        const double value = y[o * out.plane * k.lanes + i];
        worst =
            std::max(worst, std::abs(value - sum) / (std::ldexp(9.0 * in.channels, -24) * size));
      }
    }
    return worst;
  }
};

class Bf16Conv : public ::testing::TestWithParam<const char*> {};

TEST_P(Bf16Conv, IsTheSumOfRoundedProductsForAllShapesAndStrides) {
  const Kernels* kernels = delta_kernels<float, Bf16>(GetParam());
  if (kernels == nullptr) GTEST_SKIP() << "this processor has no " << GetParam();
  for (const int stride : {1, 2}) {
    // One, two and four pixels at a time; one block of outputs, several, and half a block; pairs
    // without a partner; tiles filled in whole and in part.
    for (const auto& [channels, outputs, size] : {std::array{16, 16, 8},
                                                  std::array{32, 32, 8},
                                                  std::array{64, 64, 4},
                                                  std::array{5, 10, 7},
                                                  std::array{3, 24, 5},
                                                  std::array{22, 48, 6},
                                                  std::array{1, 32, 5}}) {
      // A sum of n products rounds n times, each time by 2⁻²⁴ of at most the sum of magnitudes.
      EXPECT_LE(Bf16Case(*kernels, channels, outputs, size, stride).run(), 1.0)
          << channels << " -> " << outputs << " of " << size << " by stride " << stride;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Processors,
                         Bf16Conv,
                         ::testing::Values("amx", "avx512bf16"),
                         [](const auto& info) { return std::string(info.param); });

TEST(Bf16ConvLayout, GivesEveryWeightAPlaceOfItsOwn) {
  for (const auto& [channels, padded] : {std::pair{16, 16}, {64, 64}, {5, 24}, {1, 8}}) {
    for (const int most : {8, 16}) {
      const Bf16ConvLayout layout(channels, padded, most);
      std::vector<int> taken(padded / layout.outs * layout.block, 0);
      for (int o = 0; o < padded; ++o) {
        for (int c = 0; c < channels; ++c) {
          for (int tap = 0; tap < 9; ++tap) ++taken.at(layout.index(o, c, tap));
        }
      }
      EXPECT_EQ(*std::max_element(taken.begin(), taken.end()), 1);
      EXPECT_EQ(std::count(taken.begin(), taken.end(), 1), std::int64_t{9} * padded * channels);
      EXPECT_LE(layout.depth, 16);
      EXPECT_EQ(layout.depth * layout.steps, 3 * layout.pairs);
    }
  }
}

}  // namespace
}  // namespace zo
