#include "src/estimators/mask.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

Layout small_network() {
  Layout layout;
  layout.append("conv1.weight", {4, 1, 3, 3}, Role::Convolution);  // 0 … 35
  layout.append("bn1.weight", {4}, Role::NormScale);               // 36 … 39
  layout.append("bn1.bias", {4}, Role::NormShift);                 // 40 … 43
  layout.append("fc.weight", {10, 4}, Role::Linear);               // 44 … 83
  layout.append("fc.bias", {10}, Role::Bias);                      // 84 … 93
  return layout;
}

TEST(Mask, KeepsTheDensityOfWeightsAndEverythingElse) {
  EXPECT_EQ(active_count(small_network(), 0.25), 19 + 18);
  EXPECT_EQ(active_count(small_network(), 1.0), 94);
}

TEST(Mask, GraspCountsWhereTheLargestScoresFall) {
  const Layout layout = small_network();
  std::vector<double> theta(94, 1.0), hg(94, 0.0);
  for (int i = 0; i < 94; ++i) hg[i] = 0.001 * i;              // later is larger ...
  for (int i = 36; i < 44; ++i) hg[i] = 1e6;                   // ... norms do not take part ...
  for (int i = 0; i < 10; ++i) theta[i] = i % 2 ? -1e3 : 1e3;  // ... and the sign does not matter
  hg[0] = 0.001;
  const auto counts = grasp_counts(layout, theta, hg, 0.25);
  EXPECT_EQ(counts, (std::vector<std::int64_t>{10, 4, 4, 9, 10}));
}

TEST(Mask, EqualScoresGoToTheSmallerIndex) {
  const std::vector<double> theta(94, 1.0), hg(94, 1.0);
  const auto counts = grasp_counts(small_network(), theta, hg, 0.5);
  EXPECT_EQ(counts, (std::vector<std::int64_t>{36, 4, 4, 2, 10}));
}

TEST(Mask, RandomMaskKeepsTheCountsOfEveryLayerInAscendingOrder) {
  const Layout layout = small_network();
  const std::vector<std::int64_t> counts = {10, 4, 4, 9, 10};
  const auto mask = layerwise_random_mask(layout, counts, 1, 0);
  ASSERT_EQ(mask.size(), 37u);
  EXPECT_TRUE(std::is_sorted(mask.begin(), mask.end()));
  EXPECT_EQ(std::set<std::int64_t>(mask.begin(), mask.end()).size(), mask.size());
  for (std::size_t l = 0; l < counts.size(); ++l) {
    const Segment& s = layout.segments[l];
    const auto inside = std::count_if(mask.begin(), mask.end(), [&](std::int64_t i) {
      return i >= s.offset && i < s.offset + s.size;
    });
    EXPECT_EQ(inside, counts[l]);
  }
  EXPECT_EQ(mask, layerwise_random_mask(layout, counts, 1, 0));
  EXPECT_NE(mask, layerwise_random_mask(layout, counts, 1, 1));
  EXPECT_NE(mask, layerwise_random_mask(layout, counts, 2, 0));
}

TEST(Mask, EveryWeightOfALayerIsEquallyLikely) {
  constexpr int kMasks = 20000;
  Layout layout;
  layout.append("a", {6}, Role::Convolution);
  layout.append("b", {4}, Role::Linear);
  std::vector<int> seen(10, 0);
  for (int number = 0; number < kMasks; ++number) {
    for (const std::int64_t i :
         layerwise_random_mask(layout, std::vector<std::int64_t>{2, 3}, 7, number)) {
      ++seen[i];
    }
  }
  for (int i = 0; i < 10; ++i) {
    const double p = i < 6 ? 1.0 / 3.0 : 0.75;
    EXPECT_LT(std::fabs(seen[i] - kMasks * p), 4.5 * std::sqrt(kMasks * p * (1.0 - p))) << i;
  }
}

TEST(Mask, HessianGradientIsTheChangeOfTheEstimateAlongItself) {
  // One coordinate: a direction of length μ is ±μ (to 1e-8 of it), so both estimates are known in
  // closed form.
  const double mu = 0.1, lambda = 3.0, x = 2.0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const DirectionStream stream{.seed = seed};
    const auto estimate = [&](double at, std::int64_t direction) {
      DenseProbe probe;
      probe.seed = stream.direction_seed(direction);
      const double p = std::copysign(mu, direction_entry(probe, 0));
      return (lambda * at * p + 0.5 * lambda * p * p) / mu * p;
    };
    FunctionOracle oracle(diagonal({lambda}), {x});
    const auto hg = zo_hessian_gradient(oracle, mu, 1, stream);
    const double g = estimate(x, 0);
    EXPECT_NEAR(hg[0], (estimate(x + mu * g, 1) - g) / mu, 1e-5);
    EXPECT_EQ(oracle.ledger().queries(), 4);
  }
}

}  // namespace
}  // namespace zo
