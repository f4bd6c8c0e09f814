#include "src/kernels/channel_moments.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "src/base/philox.h"

namespace zo {
namespace {

TEST(ChannelMoments, SmallTableMatchesTheHandComputation) {
  const std::vector<double> x{1, 10, 2, 10, 6, 40};
  std::vector<double> mean(2), variance(2);
  channel_moments(x.data(), 3, 2, mean.data(), variance.data());
  EXPECT_DOUBLE_EQ(mean[0], 3.0);
  EXPECT_DOUBLE_EQ(mean[1], 20.0);
  EXPECT_DOUBLE_EQ(variance[0], (4.0 + 1.0 + 9.0) / 3.0);
  EXPECT_DOUBLE_EQ(variance[1], (100.0 + 100.0 + 400.0) / 3.0);
}

TEST(ChannelMoments, Float32LosesNothingThatDoubleWouldKeep) {
  // A mean eight times the deviation, 2^16 + 5 rows: a plain float32 sum is off by 1e-4.
  constexpr int kChannels = 16;
  constexpr std::int64_t kRows = 65541;
  const Philox stream(1, Purpose::Test);
  std::vector<float> x(kRows * kChannels);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(stream.normal(i) + 8.0);
  std::vector<double> exact(x.begin(), x.end());
  std::vector<double> mean(kChannels), variance(kChannels), mean64(kChannels),
      variance64(kChannels);
  channel_moments(x.data(), kRows, kChannels, mean.data(), variance.data());
  channel_moments(exact.data(), kRows, kChannels, mean64.data(), variance64.data());
  for (int c = 0; c < kChannels; ++c) {
    // n additions lose at most n · 2^-24 of the sum of absolute values; n = 32 in a block, and
    // three more roundings go into each squared deviation.
    EXPECT_NEAR(mean[c], mean64[c], 32.0 * 0x1p-24 * 9.0) << c;
    EXPECT_NEAR(variance[c], variance64[c], 35.0 * 0x1p-24 * variance64[c]) << c;
  }
}

}  // namespace
}  // namespace zo
