#include "src/base/layout.h"

#include <gtest/gtest.h>

namespace zo {
namespace {

Layout three_segments() {
  Layout layout;
  layout.append("conv1.weight", {4, 3, 3, 3}, Role::Convolution);  // 108 numbers
  layout.append("bn1.bias", {4}, Role::NormShift);
  layout.append("fc.weight", {10, 4}, Role::Linear);
  return layout;
}

TEST(Layout, PutsSegmentsOneBehindTheOther) {
  const Layout layout = three_segments();
  EXPECT_EQ(layout.dimension(), 108 + 4 + 40);
  EXPECT_EQ(layout.segments[1].offset, 108);
  EXPECT_EQ(layout.segments[2].offset, 112);
  EXPECT_EQ(layout.segments[2].size, 40);
  EXPECT_EQ(layout.segments[2].shape, (std::vector<std::int64_t>{10, 4}));
  EXPECT_EQ(layout.segments[1].role, Role::NormShift);
}

TEST(Layout, AppendReturnsTheNumberOfTheSegment) {
  Layout layout = three_segments();
  EXPECT_EQ(layout.append("fc.bias", {10}, Role::Bias), 3);
  EXPECT_EQ(layout.segments[3].name, "fc.bias");
}

TEST(Layout, FindsTheSegmentOfFirstAndLastCoordinates) {
  const Layout layout = three_segments();
  EXPECT_EQ(layout.segment_of(0).name, "conv1.weight");
  EXPECT_EQ(layout.segment_of(107).name, "conv1.weight");
  EXPECT_EQ(layout.segment_of(108).name, "bn1.bias");
  EXPECT_EQ(layout.segment_of(111).name, "bn1.bias");
  EXPECT_EQ(layout.segment_of(112).name, "fc.weight");
  EXPECT_EQ(layout.segment_of(151).name, "fc.weight");
}

TEST(Layout, FindsSegmentsByTheirWholeName) {
  const Layout layout = three_segments();
  ASSERT_NE(layout.find("bn1.bias"), nullptr);
  EXPECT_EQ(layout.find("bn1.bias")->offset, 108);
  EXPECT_EQ(layout.find("bn1"), nullptr);
}

TEST(Layout, IsEmptyAtFirst) {
  EXPECT_EQ(Layout{}.dimension(), 0);
  EXPECT_EQ(Layout{}.find("fc.weight"), nullptr);
}

TEST(Layout, CountsAScalarAsOne) {
  Layout layout;
  layout.append("scale", {}, Role::Plain);
  EXPECT_EQ(layout.dimension(), 1);
}

}  // namespace
}  // namespace zo
