#include "src/base/philox.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace zo {
namespace {

constexpr std::uint64_t kSeed = 0x0123456789ABCDEF;
constexpr std::uint64_t kStep = (1ull << 40) + 7;  // fills both counter words

void expect_words(const Words4& got, const Words4& expected) {
  for (int i = 0; i < 4; ++i) EXPECT_EQ(got.w[i], expected.w[i]) << "word " << i;
}

// The known-answer vectors that Random123 publishes for philox4x32 with 10 rounds.
TEST(Philox, GivesTheKnownAnswersOfRandom123) {
  expect_words(philox4x32({{0, 0, 0, 0}}, 0), {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}});
  expect_words(philox4x32({{~0u, ~0u, ~0u, ~0u}}, ~0ull),
               {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}});
  expect_words(
      philox4x32({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0x299f31d0a4093822ull),
      {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}});
}

// Printed by tests/reference/make_philox.py.
TEST(Philox, DrawsTheStreamOfTheIndependentImplementation) {
  const Philox stream(kSeed, Purpose::Test, kStep);
  EXPECT_EQ(stream.bits(0), 0x12855a8b0fd74373u);
  EXPECT_EQ(stream.bits(1), 0x86900b742d9bc6d7u);
  EXPECT_EQ(stream.bits(2), 0x7950e6aefdbb420du);
  EXPECT_EQ(stream.bits(5), 0xbedfe24081f4375cu);
  EXPECT_EQ(stream.bits((1ull << 33) + 4), 0xd7ab0431e9161a8bu);
  EXPECT_EQ(stream.bits((1ull << 33) + 5), 0xd4ea17814491c821u);
  EXPECT_EQ(stream.uniform(3), 0.8017148820929247);
  EXPECT_EQ(stream.below(4, 1000), 409u);
  // log, cos and sin are each within an ulp or so of the reference's.
  EXPECT_DOUBLE_EQ(stream.normal(6), 2.7778864535027283);
  EXPECT_DOUBLE_EQ(stream.normal(7), -0.03589946811327528);
}

TEST(Philox, GivesNumbersOfABlockAlsoOneByOne) {
  const Philox stream(kSeed, Purpose::Test, kStep);
  double first = 0.0, second = 0.0;
  stream.normal_pair(21, first, second);
  EXPECT_EQ(stream.normal(42), first);
  EXPECT_EQ(stream.normal(43), second);
  const Words4 block = stream.words(21);
  EXPECT_EQ(stream.bits(42), (std::uint64_t{block.w[1]} << 32) | block.w[0]);
  EXPECT_EQ(stream.bits(43), (std::uint64_t{block.w[3]} << 32) | block.w[2]);
}

TEST(Philox, NeverSharesNumbersBetweenSeedsPurposesAndSteps) {
  std::set<std::uint64_t> seen;
  std::size_t drawn = 0;
  const auto draw = [&](const Philox& stream) {
    for (std::uint64_t index = 0; index < 100; ++index, ++drawn) seen.insert(stream.bits(index));
  };
  for (std::uint32_t purpose = 1; purpose <= 10; ++purpose) {
    for (const std::uint64_t step : {0ull, 1ull, 1ull << 32, (1ull << 32) + 1}) {
      for (const std::uint64_t seed : {0ull, 1ull, 1ull << 32}) {
        draw(Philox(seed, static_cast<Purpose>(purpose), step));
      }
    }
  }
  // Two of 12,000 random 64-bit words are equal with probability below 12000²/2^65 = 4e-12.
  EXPECT_EQ(seen.size(), drawn);
}

// Each bound is 5 standard deviations of the statistic under the exact distribution.
TEST(Philox, UniformsHaveTheMomentsOfTheUnitInterval) {
  constexpr int kCount = 1000000;
  const Philox stream(1, Purpose::Test);
  double mean = 0.0, variance = 0.0, lag = 0.0, previous = 0.0;
  for (int i = 0; i < kCount; ++i) {
    const double u = stream.uniform(i);
    ASSERT_GT(u, 0.0);
    ASSERT_LT(u, 1.0);
    const double centred = u - 0.5;
    mean += centred;
    variance += centred * centred;
    lag += centred * previous;
    previous = centred;
  }
  EXPECT_NEAR(mean / kCount, 0.0, 5 * std::sqrt(1.0 / 12 / kCount));
  EXPECT_NEAR(variance / kCount, 1.0 / 12, 5 * std::sqrt(1.0 / 180 / kCount));
  EXPECT_NEAR(lag / kCount, 0.0, 5 * std::sqrt(1.0 / 144 / kCount));
}

TEST(Philox, NormalsHaveTheMomentsOfTheStandardNormal) {
  constexpr int kCount = 1000000;
  const Philox stream(2, Purpose::Test);
  double moment[5] = {}, product = 0.0;
  for (int block = 0; block < kCount / 2; ++block) {
    double pair[2];
    stream.normal_pair(block, pair[0], pair[1]);
    product += pair[0] * pair[1];
    for (const double z : pair) {
      for (int k = 1; k <= 4; ++k) moment[k] += std::pow(z, k);
    }
  }
  // E z^k = 0, 1, 0, 3 and Var z^k = 1, 2, 15, 96.
  EXPECT_NEAR(moment[1] / kCount, 0.0, 5 * std::sqrt(1.0 / kCount));
  EXPECT_NEAR(moment[2] / kCount, 1.0, 5 * std::sqrt(2.0 / kCount));
  EXPECT_NEAR(moment[3] / kCount, 0.0, 5 * std::sqrt(15.0 / kCount));
  EXPECT_NEAR(moment[4] / kCount, 3.0, 5 * std::sqrt(96.0 / kCount));
  EXPECT_NEAR(2 * product / kCount, 0.0, 5 * std::sqrt(2.0 / kCount));
}

TEST(Philox, BelowReachesEveryIntegerEquallyOften) {
  constexpr int kCount = 700000;
  const Philox stream(3, Purpose::Test);
  std::vector<int> seen(7);
  for (int i = 0; i < kCount; ++i) {
    const std::uint64_t value = stream.below(i, 7);
    ASSERT_LT(value, 7u);
    ++seen[value];
  }
  // Binomial counts: 5·sqrt(n·(1/7)·(6/7)).
  for (const int count : seen) EXPECT_NEAR(count, kCount / 7.0, 5 * std::sqrt(kCount * 6.0 / 49));
  EXPECT_EQ(stream.below(0, 1), 0u);
}

}  // namespace
}  // namespace zo
