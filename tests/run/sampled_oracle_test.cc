#include "src/run/sampled_oracle.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/registry.h"

namespace zo {
namespace {

/// A loss is the coordinate that is edited (of a dense probe its seed) and takes as long as the test
/// says; its two examples' losses are that and its negative.
class MeteredOracle final : public NetworkOracle {
 public:
  explicit MeteredOracle(const Network& network)
      : NetworkOracle(network.layout, Precision::Float64), network_(network) {}

  double now = 0.0;
  std::function<double(std::int64_t)> takes = [](std::int64_t) { return 0.001; };

  const Network& network() const override { return network_; }
  Weights weights() const override { return {}; }
  std::vector<double> gradient() override {
    now += 7.0;
    return {};
  }
  std::vector<double> theta() const override { return {}; }
  std::vector<double> values(std::span<const std::int64_t>) const override { return {}; }
  std::int64_t examples() const override { return 2; }

 private:
  void do_begin_batch(std::int64_t) override { now += 0.5; }
  double do_base() override {
    now += 3.0;
    return 42.0;
  }
  void do_evaluate(std::span<const Probe> probes,
                   std::span<double> losses,
                   std::span<double> rows) override {
    for (std::size_t i = 0; i < probes.size(); ++i) {
      const auto* sparse = std::get_if<SparseProbe>(&probes[i]);
      const std::int64_t name =
          sparse != nullptr ? sparse->edits()[0].index
                            : static_cast<std::int64_t>(std::get<DenseProbe>(probes[i]).seed);
      now += takes(name);
      losses[i] = static_cast<double>(name);
      if (rows.empty()) continue;
      rows[2 * i] = losses[i];
      rows[2 * i + 1] = -losses[i];
    }
  }
  void do_move(const Update&) override { now += 11.0; }

  const Network& network_;
};

class SampledOracleTest : public testing::Test {
 protected:
  /// `count` probes of neighbours, from the last to the first.
  static std::vector<Probe> backwards(std::int64_t count) {
    std::vector<Probe> probes;
    for (std::int64_t i = count; i-- > 0;) probes.push_back(coordinate_probe(i, 1.0));
    return probes;
  }

  Network network_ = make_network("mlp", {3, 32, 32}, 10);
  MeteredOracle whole_{network_};
  SampledOracle oracle_{whole_, [this] { return whole_.now; }};
};

TEST_F(SampledOracleTest, AShortListIsComputedAndTimedWhole) {
  EXPECT_EQ(oracle_.evaluate(backwards(50)).front(), 49.0);
  EXPECT_EQ(whole_.ledger().probe, 50);
  EXPECT_NEAR(oracle_.asked_s(), 0.05, 1e-12);
  EXPECT_NEAR(oracle_.computing_s(), 0.05, 1e-12);
}

// 128 of 10,000: half of them from each half, whose losses take two and six milliseconds.
TEST_F(SampledOracleTest, ALongListIsTimedByASampleThatHasEveryPartInItsShare) {
  whole_.takes = [](std::int64_t i) { return i < 5000 ? 0.002 : 0.006; };
  oracle_.evaluate(backwards(10000));
  EXPECT_EQ(whole_.ledger().probe, 128);
  EXPECT_NEAR(oracle_.computing_s(), 64 * 0.002 + 64 * 0.006, 1e-12);
  EXPECT_NEAR(oracle_.asked_s(), 5000 * 0.002 + 5000 * 0.006, 1e-9);
}

// At 10 microseconds 128 take 1.3 ms; 16 times as many, no more at once, 20 ms, and then 0.33 s, which is
// less than 0.7 of half a second; twice as many, the least, are enough.
TEST_F(SampledOracleTest, TheSampleGrowsUntilItTakesLongEnough) {
  whole_.takes = [](std::int64_t) { return 1e-5; };
  oracle_.evaluate(backwards(100000));
  EXPECT_EQ(whole_.ledger().probe, 128 + 2048 + 32768 + 65536);
  EXPECT_NEAR(oracle_.asked_s(), 1.0, 1e-9);
  // The next list starts from there.
  oracle_.evaluate(backwards(100000));
  EXPECT_EQ(whole_.ledger().probe, 128 + 2048 + 32768 + 2 * 65536);
  EXPECT_NEAR(oracle_.asked_s(), 2.0, 1e-9);
}

TEST_F(SampledOracleTest, WhatIsNotComputedGetsTheLossOfANeighbour) {
  std::vector<double> rows;
  const auto losses = oracle_.evaluate(backwards(1000), rows);
  ASSERT_EQ(losses.size(), 1000u);
  // 128 take 0.128 s, and of the 500 that would take half a second 31 blocks of 16 are computed, each in
  // the middle of its share.
  ASSERT_EQ(whole_.ledger().probe, 128 + 31 * 16);
  std::vector<std::int64_t> computed;
  for (std::int64_t b = 0; b < 31; ++b) {
    const std::int64_t begin = b * 1000 / 31, end = (b + 1) * 1000 / 31;
    for (std::int64_t i = 0; i < 16; ++i) computed.push_back(begin + (end - begin - 16) / 2 + i);
  }
  for (std::int64_t i = 0; i < 1000; ++i) {
    const auto after = std::upper_bound(computed.begin(), computed.end(), i);
    const std::int64_t expected = after == computed.begin() ? computed.front() : *(after - 1);
    const auto at = static_cast<std::size_t>(999 - i);
    EXPECT_EQ(losses[at], static_cast<double>(expected)) << i;
    EXPECT_EQ(rows[2 * at], losses[at]);
    EXPECT_EQ(rows[2 * at + 1], -losses[at]);
  }
}

TEST_F(SampledOracleTest, DensePassesAreTimedByFew) {
  whole_.takes = [](std::int64_t) { return 0.05; };
  std::vector<Probe> probes;
  for (std::uint64_t i = 0; i < 400; ++i) {
    probes.emplace_back(DenseProbe{1.0, i, Law::Gaussian, nullptr, nullptr});
  }
  oracle_.evaluate(probes);
  EXPECT_EQ(whole_.ledger().probe, 4 + 8);  // 4 take 0.2 s; of the 10 wanted two blocks of 4
  EXPECT_NEAR(oracle_.asked_s(), 20.0, 1e-9);
}

TEST_F(SampledOracleTest, AllElseIsTimedAsItIs) {
  oracle_.begin_batch(0);
  EXPECT_EQ(oracle_.base(), 42.0);
  oracle_.base();  // known
  oracle_.move({});
  oracle_.gradient();
  EXPECT_NEAR(oracle_.asked_s(), 0.5 + 3.0 + 11.0 + 7.0, 1e-12);
  EXPECT_EQ(oracle_.asked_s(), oracle_.computing_s());
}

}  // namespace
}  // namespace zo
