// The GPU's kernels on the emulated GPU, under AddressSanitizer, against the loops on the CPU.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "src/delta/stacked/cuda/spread.h"
#include "tests/cuda/kernel_comparison.h"
#include "tests/emulated_cuda/tables.h"

namespace zo {
namespace {

using testing::emulated_stacked_tables;
using testing::EmulatedBlock;

/// In either order of a block's threads.
class EmulatedKernels : public ::testing::TestWithParam<bool> {
 protected:
  EmulatedKernels() { EmulatedBlock::descend(GetParam()); }
  ~EmulatedKernels() override { EmulatedBlock::descend(false); }
};

TEST_P(EmulatedKernels, EqualTheLoopsInFloat32) {
  expect_the_loops_results<float, float>(emulated_stacked_tables(), Memory(nullptr), 0x1p-24);
}
TEST_P(EmulatedKernels, EqualTheLoopsInFloat64) {
  expect_the_loops_results<double, double>(emulated_stacked_tables(), Memory(nullptr), 0x1p-53);
}
TEST_P(EmulatedKernels, EqualTheLoopsWithBf16Differences) {
  expect_the_loops_results<float, Bf16>(emulated_stacked_tables(), Memory(nullptr), 0x1p-9);
}

/// What a grid of two rows has to do in several turns.
struct ManyRows {
  static constexpr int kProbes = 5, kPictures = 7, kChannels = 10, kSide = 8,
                       kPixels = kSide * kSide;
  const Stack planes{kProbes, kPictures, kChannels, kChannels, kPixels, nullptr};
  const std::vector<float> numbers = drawn<float>(planes.size(), 1);
  const std::vector<float> base = drawn<float>(planes.size() / kProbes, 2);
};

TEST_P(EmulatedKernels, PlanesOfMoreRowsThanAGridHasAreAllComputed) {
  const ManyRows rows;
  const std::vector<float> factors = drawn<float>(3 * ManyRows::kProbes * ManyRows::kChannels, 3);
  ActivateChange<float, float> work;
  work.planes = rows.planes;
  work.centred = work.z = rows.base.data();
  work.changes = reinterpret_cast<const ChannelChange<float>*>(factors.data());
  work.relu = true;
  std::vector<float> expected = rows.numbers, found = rows.numbers;
  work.dy = expected.data();
  ASSERT_EQ(cpu_stacked_tables().float32.activate(work), 0);
  work.dy = found.data();
  ASSERT_EQ(launch_planes(work, 2), 0);
  EXPECT_EQ(found, expected);
}

TEST_P(EmulatedKernels, SpreadsOfMoreRowsThanAGridHasAreAllComputed) {
  const ManyRows rows;
  const std::vector<int> first{0, 2, 3, 3, 6, 7}, channel{1, 0, 1, 0, 1, 0, 1};
  const std::vector<float> change = drawn<float>(7 * ManyRows::kPictures * ManyRows::kPixels, 4);
  const std::vector<float> weight = drawn<float>(ManyRows::kChannels * 2 * 9, 5);
  SpreadChannels<float, float> work;
  work.probes = ManyRows::kProbes;
  work.pictures = ManyRows::kPictures;
  work.channels = ManyRows::kChannels;
  work.in_channels = 2;
  work.shape = {ManyRows::kSide, ManyRows::kSide, ManyRows::kSide, ManyRows::kSide, 1};
  work.first_change = first.data();
  work.channel_of = channel.data();
  work.change = change.data();
  work.weight = weight.data();
  std::vector<float> expected(rows.planes.size()), found(rows.planes.size(), 9.0F);
  work.dy = expected.data();
  ASSERT_EQ(cpu_stacked_tables().float32.spread(work), 0);
  work.dy = found.data();
  ASSERT_EQ(launch_spread(work, 2), 0);
  EXPECT_EQ(found, expected);
}

INSTANTIATE_TEST_SUITE_P(Order,
                         EmulatedKernels,
                         ::testing::Bool(),
                         [](const ::testing::TestParamInfo<bool>& info) {
                           return std::string(info.param ? "Descending" : "Ascending");
                         });

/// More blocks than a grid can have.
struct TooLarge {
  static constexpr const char* kName = "TooLarge";
  std::int64_t size() const { return (std::int64_t{1} << 31) * kBlock; }
  void compute(std::int64_t /*i*/) const {}
};

TEST(CudaLaunch, EveryLaunchIsCounted) {
  const std::vector<double> losses{1.0, 3.0};
  double mean = 0.0;
  const std::int64_t before = launch_count();
  EXPECT_EQ(launch_each(LossMeans{1, 2, losses.data(), &mean}), 0);
  EXPECT_EQ(launch_count() - before, 1);
  EXPECT_EQ(launch_each(LossMeans{0, 2, losses.data(), &mean}), 0);  // nothing to do
  EXPECT_EQ(launch_count() - before, 1);
}

TEST(CudaLaunch, FailureNamesTheKernelThatDidNotStart) {
  const int code = launch_each(TooLarge{});
  ASSERT_NE(code, 0);
  EXPECT_EQ(std::string(launch_failure()),
            "TooLarge or one before it (ZO_CUDA_SYNC=1 tells): invalid configuration argument");
}

}  // namespace
}  // namespace zo
