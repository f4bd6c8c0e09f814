#include "src/oracle/conv_peak.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/registry.h"
#include "src/kernels/cpu/delta_kernels.h"

namespace zo {
namespace {

TEST(ConvPeak, MeasuresEveryDenseShapeOnceAndTakesTheBestPlainSpeed) {
  const auto peak = measure_conv_peak(make_network("resnet20", {3, 32, 32}, 10), 1, 0.12);
  ASSERT_EQ(peak.shapes.size(), 3u);
  EXPECT_EQ(peak.shapes[0].shape, "16x32x32 -> 16");
  EXPECT_EQ(peak.shapes[2].shape, "64x8x8 -> 64");
  const bool in_bf16 = delta_kernels<float, Bf16>()->conv(Product::Bf16).plain != nullptr;
  double best = 0.0;
  for (const ConvSpeed& shape : peak.shapes) {
    EXPECT_GT(shape.direct, 0.0);
    EXPECT_GT(shape.library, 0.0);
    EXPECT_GT(shape.winograd, 0.0);
    EXPECT_EQ(shape.bf16 > 0.0, in_bf16);
    best = std::max({best, shape.direct, shape.library});
  }
  EXPECT_EQ(peak.gflops(), best);
}

TEST(ConvPeak, NetworkWithoutConvolutionsHasNone) {
  EXPECT_EQ(measure_conv_peak(make_network("mlp", {3, 32, 32}, 10), 1, 0.1).gflops(), 0.0);
}

}  // namespace
}  // namespace zo
