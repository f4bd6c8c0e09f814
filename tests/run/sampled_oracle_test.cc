#include "src/run/sampled_oracle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "models/registry.h"

namespace zo {
namespace {

/// A loss is the level and the coordinate that is edited (of a dense probe its seed) and takes as long as the
/// test says; its two examples' losses are that and its negative.
class MeteredOracle final : public NetworkOracle {
 public:
  explicit MeteredOracle(const Network& network)
      : NetworkOracle(network.layout, Precision::Float64), network_(network) {}

  double now = 0.0;
  std::function<double(std::int64_t)> takes = [](std::int64_t) { return 0.001; };
  std::function<double(std::int64_t)> efforts = [](std::int64_t) { return 1.0; };
  double level = 0.0;        // of all losses
  double direction_s = 0.0;  // seconds of a move, for each of its directions
  double first_dense = 0.0;  // seconds that the first list with a dense probe takes more

  const Network& network() const override { return network_; }
  Weights weights() const override { return {}; }
  std::vector<double> gradient() override {
    now += 7.0;
    return {};
  }
  std::vector<double> theta() const override { return {}; }
  std::vector<double> values(std::span<const std::int64_t>) const override { return {}; }
  std::int64_t examples() const override { return 2; }
  double effort(const Probe& probe) const override { return efforts(name(probe)); }

 private:
  static std::int64_t name(const Probe& probe) {
    const auto* sparse = std::get_if<SparseProbe>(&probe);
    return sparse != nullptr ? sparse->edits()[0].index
                             : static_cast<std::int64_t>(std::get<DenseProbe>(probe).seed);
  }
  void do_begin_batch(std::int64_t) override { now += 0.5; }
  double do_base() override {
    now += 3.0;
    return level;
  }
  void do_base_examples(std::span<double> rows) override {
    rows[0] = level;
    rows[1] = -level;
  }
  void do_evaluate(std::span<const Probe> probes,
                   std::span<double> losses,
                   std::span<double> rows) override {
    const auto is_dense = [](const Probe& probe) {
      return std::holds_alternative<DenseProbe>(probe);
    };
    if (std::any_of(probes.begin(), probes.end(), is_dense)) now += std::exchange(first_dense, 0.0);
    for (std::size_t i = 0; i < probes.size(); ++i) {
      now += takes(name(probes[i]));
      losses[i] = level + static_cast<double>(name(probes[i]));
      if (rows.empty()) continue;
      rows[2 * i] = losses[i];
      rows[2 * i + 1] = -losses[i];
    }
  }
  void do_move(const Update& update) override {
    now += 11.0 + direction_s * static_cast<double>(update.directions.size());
  }

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
  EXPECT_NEAR(oracle_.computing_s(), 0.05 + 3.0, 1e-12);  // the base that changes are told from
}

// 512 of 10,000: half of them from each half, whose losses take two and six milliseconds.
TEST_F(SampledOracleTest, ALongListIsTimedByASampleThatHasEveryPartInItsShare) {
  whole_.takes = [](std::int64_t i) { return i < 5000 ? 0.002 : 0.006; };
  oracle_.evaluate(backwards(10000));
  EXPECT_EQ(whole_.ledger().probe, 512);
  EXPECT_NEAR(oracle_.computing_s(), 3.0 + 256 * 0.002 + 256 * 0.006, 1e-9);
  EXPECT_NEAR(oracle_.asked_s(), 5000 * 0.002 + 5000 * 0.006, 1e-9);
}

// What is computed takes a millisecond for each unit of effort; the last tenth is ten times as dear, and
// the time of the whole is told although the sample has more or less of it.
TEST_F(SampledOracleTest, TheTimeOfTheWholeGoesByEffort) {
  whole_.efforts = [](std::int64_t i) { return i < 8917 ? 1.0 : 10.0; };
  whole_.takes = [this](std::int64_t i) { return 0.001 * whole_.efforts(i); };
  oracle_.evaluate(backwards(10000));
  EXPECT_EQ(whole_.ledger().probe, 512);
  EXPECT_NEAR(oracle_.asked_s(), 8.917 + 10.83, 1e-9);
}

// At 10 microseconds 512 take 5 ms; 16 times as many, no more at once, 82 ms, and then a second.
TEST_F(SampledOracleTest, TheSampleGrowsUntilItTakesLongEnough) {
  whole_.takes = [](std::int64_t) { return 1e-5; };
  oracle_.evaluate(backwards(150000));
  EXPECT_EQ(whole_.ledger().probe,
            512 + 8192 + 99984);  // a second takes 100,000: 6,249 blocks of 16
  EXPECT_NEAR(oracle_.asked_s(), 1.5, 1e-9);
  // The next list starts from there.
  oracle_.evaluate(backwards(150000));
  EXPECT_EQ(whole_.ledger().probe, 512 + 8192 + 2 * 99984);
  EXPECT_NEAR(oracle_.asked_s(), 3.0, 1e-9);
}

TEST_F(SampledOracleTest, WhatIsNotComputedGetsTheLossOfANeighbour) {
  std::vector<double> rows;
  whole_.takes = [](std::int64_t) { return 0.002; };
  const auto losses = oracle_.evaluate(backwards(2000), rows);
  ASSERT_EQ(losses.size(), 2000u);
  // 512 take more than a second: 32 blocks of 16, each in the middle of its share.
  ASSERT_EQ(whole_.ledger().probe, 512);
  std::vector<std::int64_t> computed;
  for (std::int64_t b = 0; b < 32; ++b) {
    const std::int64_t begin = b * 2000 / 32, end = (b + 1) * 2000 / 32;
    for (std::int64_t i = 0; i < 16; ++i) computed.push_back(begin + (end - begin - 16) / 2 + i);
  }
  for (std::int64_t i = 0; i < 2000; ++i) {
    const auto after = std::upper_bound(computed.begin(), computed.end(), i);
    const std::int64_t expected = after == computed.begin() ? computed.front() : *(after - 1);
    const auto at = static_cast<std::size_t>(1999 - i);
    EXPECT_EQ(losses[at], static_cast<double>(expected)) << i;
    EXPECT_EQ(rows[2 * at], losses[at]);
    EXPECT_EQ(rows[2 * at + 1], -losses[at]);
  }
}

// The list of a period's first step again: 32 are computed, and the others change the loss by as much as
// before, that of each example too. So do those that two dense probes, which are always computed, join.
TEST_F(SampledOracleTest, WhatWasProbedBeforeIsRememberedAsAChangeOfTheLoss) {
  auto probes = backwards(400);
  std::vector<double> rows;
  whole_.level = 50.0;
  oracle_.begin_batch(0);
  oracle_.base();
  oracle_.evaluate(probes, rows);
  ASSERT_EQ(whole_.ledger().probe, 400);
  whole_.level = 1000.0;
  oracle_.begin_batch(1);
  oracle_.base();
  for (std::uint64_t seed : {5u, 6u}) {
    probes.emplace_back(DenseProbe{1.0, seed, Law::Gaussian, nullptr, nullptr});
  }
  const double asked = oracle_.asked_s();
  const auto losses = oracle_.evaluate(probes, rows);
  EXPECT_EQ(whole_.ledger().probe, 400 + 2 * (32 + 2));  // the first dense ones once more
  EXPECT_NEAR(oracle_.asked_s() - asked, 0.402, 1e-9);
  for (std::size_t i = 0; i < 400; ++i) {
    const double change = 399.0 - static_cast<double>(i);
    EXPECT_NEAR(losses[i], 1000.0 + change, 1e-9) << i;
    EXPECT_NEAR(rows[2 * i], 1000.0 + change, 1e-9) << i;
    EXPECT_NEAR(rows[2 * i + 1], -1000.0 - change, 1e-9) << i;
  }
  EXPECT_EQ(losses[400], 1005.0);
  EXPECT_EQ(losses[401], 1006.0);
}

// A probe the other way is another one.
TEST_F(SampledOracleTest, TheWayOfAnEditIsPartOfItsPlace) {
  oracle_.evaluate(backwards(100));
  std::vector<Probe> other;
  for (std::int64_t i = 0; i < 100; ++i) other.push_back(coordinate_probe(i, -1.0));
  oracle_.evaluate(other);
  EXPECT_EQ(whole_.ledger().probe, 200);
}

TEST_F(SampledOracleTest, DensePassesAreTimedByFew) {
  whole_.takes = [](std::int64_t) { return 0.05; };
  std::vector<Probe> probes;
  for (std::uint64_t i = 0; i < 400; ++i) {
    probes.emplace_back(DenseProbe{1.0, i, Law::Gaussian, nullptr, nullptr});
  }
  oracle_.evaluate(probes);
  // 4 take 0.2 s, once more as they are the first; of the 10 wanted two blocks of 4.
  EXPECT_EQ(whole_.ledger().probe, 2 * 4 + 8);
  EXPECT_NEAR(oracle_.asked_s(), 20.0, 1e-9);
}

// Memory that the first ones allocate is no part of what others take, wherever they come.
TEST_F(SampledOracleTest, WhatTheFirstDensePassesTakeMoreIsNotTold) {
  whole_.first_dense = 5.0;
  oracle_.evaluate(backwards(100));
  EXPECT_NEAR(oracle_.asked_s(), 0.1, 1e-12);
  auto probes = backwards(100);
  probes.emplace_back(DenseProbe{1.0, 5, Law::Gaussian, nullptr, nullptr});
  oracle_.evaluate(probes);
  EXPECT_NEAR(oracle_.asked_s(), 0.1 + 0.101, 1e-12);
  EXPECT_NEAR(oracle_.computing_s(), 3.0 + 0.1 + 5.0 + 2 * 0.033, 1e-9);
}

// Twenty thousand directions of ResNet-8 take half a minute.
TEST_F(SampledOracleTest, AMoveAlongManyDirectionsIsTimedByFew) {
  whole_.direction_s = 11.0;
  Update update;
  for (std::uint64_t i = 0; i < 64; ++i) {
    update.directions.push_back({1.0, i, Law::Gaussian, nullptr, nullptr});
  }
  oracle_.move(update);
  EXPECT_NEAR(oracle_.asked_s(), 65 * 11.0, 1e-9);
  for (std::uint64_t i = 64; i < 640; ++i) {
    update.directions.push_back({1.0, i, Law::Gaussian, nullptr, nullptr});
  }
  oracle_.move(update);
  EXPECT_NEAR(oracle_.asked_s(), 65 * 11.0 * (1 + 10), 1e-9);
  EXPECT_NEAR(oracle_.computing_s(), 65 * 11.0 * 2, 1e-9);
}

TEST_F(SampledOracleTest, AllElseIsTimedAsItIs) {
  oracle_.begin_batch(0);
  whole_.level = 42.0;
  EXPECT_EQ(oracle_.base(), 42.0);
  oracle_.base();  // known
  oracle_.move({});
  oracle_.gradient();
  EXPECT_NEAR(oracle_.asked_s(), 0.5 + 3.0 + 11.0 + 7.0, 1e-12);
  EXPECT_EQ(oracle_.asked_s(), oracle_.computing_s());
}

}  // namespace
}  // namespace zo
