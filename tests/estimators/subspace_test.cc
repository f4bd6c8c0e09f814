#include "src/estimators/subspace.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace zo {
namespace {

TEST(Subspace, DrawsDifferentCoordinatesInRange) {
  const Subspace subspace = draw_subspace(1, 0, 50, 20, 2);
  auto sorted = subspace.coordinates;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(std::unique(sorted.begin(), sorted.end()), sorted.end());
  EXPECT_GE(sorted.front(), 0);
  EXPECT_LT(sorted.back(), 50);
  EXPECT_EQ(sorted.size(), 20u);
  auto all = draw_subspace(1, 0, 50, 50, 2).coordinates;
  std::sort(all.begin(), all.end());
  for (std::int64_t i = 0; i < 50; ++i) EXPECT_EQ(all[i], i);
}

TEST(Subspace, IsAFunctionOfSeedAndPeriod) {
  const auto draw = [](std::uint64_t seed, std::int64_t period) {
    return draw_subspace(seed, period, 1000, 10, 2).coordinates;
  };
  EXPECT_EQ(draw(1, 5), draw(1, 5));
  EXPECT_NE(draw(1, 5), draw(1, 6));
  EXPECT_NE(draw(1, 5), draw(2, 5));
}

TEST(Subspace, EveryCoordinateIsEquallyLikelyInEverySlot) {
  constexpr int kDraws = 20000, kSize = 5;
  std::vector<std::vector<int>> seen(kSize, std::vector<int>(kSize, 0));
  for (int period = 0; period < kDraws; ++period) {
    const auto order = draw_subspace(3, period, kSize, kSize, 2).coordinates;
    for (int slot = 0; slot < kSize; ++slot) ++seen[slot][order[slot]];
  }
  const double p = 1.0 / kSize, error = std::sqrt(kDraws * p * (1.0 - p));
  for (const auto& slot : seen) {
    for (const int count : slot) EXPECT_LT(std::fabs(count - kDraws * p), 4.5 * error);
  }
}

TEST(Subspace, LastBlockTakesWhatIsLeft) {
  const Subspace subspace{std::vector<std::int64_t>(7), 3};
  EXPECT_EQ(subspace.blocks(), 3);
  EXPECT_EQ(subspace.length(0), 3);
  EXPECT_EQ(subspace.length(2), 1);
  EXPECT_EQ(subspace.first(2), 6);
  EXPECT_EQ(subspace.packed(), 6);
  EXPECT_EQ(packed_index(2, 1), 4);
}

}  // namespace
}  // namespace zo
