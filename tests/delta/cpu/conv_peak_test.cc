#include "src/delta/cpu/conv_peak.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "models/registry.h"
#include "src/delta/cpu/kernels/delta_kernels.h"

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

TEST(ConvPeak, OperationsAreTwoForEveryTapChannelPixelAndPicture) {
  const DeltaPlan plan = make_delta_plan(make_network("resnet8", {3, 32, 32}, 10));
  const auto stride = std::find_if(plan.units.begin(), plan.units.end(), [](const DeltaUnit& u) {
    return u.in.channels == 16 && u.mid.channels == 32;
  });
  ASSERT_NE(stride, plan.units.end());
  // Sixteen columns, nine taps into each of 32 channels from each of 16.
  EXPECT_EQ(conv_operations(*stride, 5, 4), 2.0 * 5 * 4 * 16 * 9 * 16 * 32);
}

TEST(ConvPeak, TakesTheTimeAskedForButWhatWouldGoToBf16) {
  const Network network = make_network("resnet20", {3, 32, 32}, 10);
  const auto start = std::chrono::steady_clock::now();
  measure_conv_peak(network, 2, 0.12);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  EXPECT_GE(spent.count(), 0.12 * 4 / 5);
}

TEST(ConvPeak, NetworkWithoutConvolutionsHasNone) {
  EXPECT_EQ(measure_conv_peak(make_network("mlp", {3, 32, 32}, 10), 1, 0.1).gflops(), 0.0);
}

}  // namespace
}  // namespace zo
