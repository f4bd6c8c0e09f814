// What a device does at most, and what a step hands to it.
#include "src/run/gpu_bench.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace zo {
namespace {

TEST(Launches, AreTheOperatorsThatWorkEachOnce) {
  const at::Tensor pictures = at::ones({2, 3, 8, 8}), weights = at::ones({4, 3, 3, 3});
  const Launches launches = count_launches([&] {
    at::Tensor out = at::conv2d(pictures, weights, {}, 1, 1);    // one, whatever it calls
    out = at::max_pool2d(out, 2);                                // one
    out = at::linear(out.reshape({2, -1}), at::ones({10, 64}));  // a fill and a product
    out.zero_();                                                 // one
    at::empty_like(out).copy_(out);                              // one
    out.view({-1});
  });
  EXPECT_EQ(launches.operators, 6);
  EXPECT_EQ(launches.own, 0);
  EXPECT_EQ(count_launches([] {}).operators, 0);
}

TEST(Launches, AreNotCountedBehindACallThatFails) {
  const at::Tensor number = at::ones({1});
  EXPECT_THROW(count_launches([&] {
                 number.clone().fill_(2);
                 throw std::runtime_error("no");
               }),
               std::runtime_error);
  EXPECT_EQ(count_launches([&] { number.clone().fill_(2); }).operators,
            count_launches([&] { number.clone().fill_(3); }).operators);
}

TEST(Roofs, AreMeasuredEachByItself) {
  const GpuRoofs roofs = measure_roofs(Device{}, {.seconds = 0.01, .side = 64, .numbers = 1 << 16});
  EXPECT_GT(roofs.gbytes, 0.0);
  EXPECT_GT(roofs.float32, 0.0);
  EXPECT_GT(roofs.bf16, 0.0);
  EXPECT_NE(roofs.float32, roofs.bf16);
}

}  // namespace
}  // namespace zo
