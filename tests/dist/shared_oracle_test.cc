// Ranks that are threads against one process: the same losses, weights, statistics and counts.
#include "src/dist/shared_oracle.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <mutex>

#include "src/delta/oracle.h"
#include "tests/delta/probe_draw.h"
#include "tests/dist/thread_ranks.h"
#include "tests/network/network_case.h"

namespace zo {
namespace {

using testing::cifar_network;
using testing::drawn_batches;
using testing::noisy_weights;
using testing::ProbeDraw;
using testing::ThreadRanks;

constexpr std::int64_t kBatchRows = 5;

std::unique_ptr<NetworkOracle> one(bool delta) {
  const Network network = cifar_network("resnet8");
  const Weights weights = noisy_weights(network, 3);
  const auto batches = drawn_batches(3, kBatchRows);
  return delta ? make_delta_oracle(network, weights, batches, {})
               : make_reference_oracle(network, weights, batches, {});
}

/// What a run sees and leaves, step for step.
struct Seen {
  std::vector<double> losses, examples, theta, norms;
  QueryLedger ledger;
};

DenseProbe direction(std::uint64_t seed) {
  return {.scale = 1e-3, .seed = seed, .law = Law::Gaussian, .weights = {}, .vector = {}};
}

/// Lists of one probe, of many, of dense ones alone, of both, and of none; with and without a base loss
/// and the losses of examples; a move behind each.
Seen go(NetworkOracle& oracle) {
  Seen seen;
  ProbeDraw draw(oracle.layout(), 7);
  std::vector<std::vector<Probe>> lists = {draw.probes(1), draw.probes(23), {}, {}, {}};
  for (int i = 0; i < 4; ++i) lists[2].emplace_back(direction(i));
  lists[3] = draw.probes(3);
  lists[3].emplace_back(direction(9));
  for (std::size_t k = 0; k < lists.size(); ++k) {
    oracle.begin_batch(static_cast<std::int64_t>(k));
    if (k % 2 == 1) seen.losses.push_back(oracle.base());
    std::vector<double> rows;
    const auto losses = k >= 3 && oracle.examples() > 0 ? oracle.evaluate(lists[k], rows)
                                                        : oracle.evaluate(lists[k]);
    seen.losses.insert(seen.losses.end(), losses.begin(), losses.end());
    seen.examples.insert(seen.examples.end(), rows.begin(), rows.end());
    Update update;
    update.edits = {draw.edit()};
    oracle.move(update);
  }
  seen.theta = oracle.theta();
  seen.norms = oracle.weights().norms;
  seen.ledger = oracle.ledger();
  return seen;
}

void expect_equal(const Seen& found, const Seen& expected, const std::string& where) {
  EXPECT_EQ(found.losses, expected.losses) << where;
  EXPECT_EQ(found.examples, expected.examples) << where;
  EXPECT_EQ(found.theta, expected.theta) << where;
  EXPECT_EQ(found.norms, expected.norms) << where;
  EXPECT_EQ(found.ledger.base, expected.ledger.base) << where;
  EXPECT_EQ(found.ledger.probe, expected.ledger.probe) << where;
  EXPECT_EQ(found.ledger.forward_equivalents, expected.ledger.forward_equivalents) << where;
}

class SharedOracleTest : public ::testing::TestWithParam<bool> {};

TEST_P(SharedOracleTest, AnyNumberOfRanksSeesWhatOneProcessSees) {
  const auto alone = one(GetParam());
  const Seen expected = go(*alone);
  ASSERT_EQ(expected.losses.size(), 2u + 1u + 23u + 4u + 4u);
  if (GetParam()) {
    ASSERT_EQ(expected.examples.size(), 4u * kBatchRows);
  }
  for (const int size : {1, 2, 3, 4}) {
    std::mutex mutex;
    ThreadRanks::run(size, [&](const Communicator& ranks) {
      RankTimes times;
      const auto shared = make_shared_oracle(one(GetParam()), ranks, times);
      const Seen found = go(*shared);
      const std::lock_guard lock(mutex);
      expect_equal(found, expected, fmt::format("rank {} of {}", ranks.rank(), size));
      EXPECT_GT(times.mean, 0.0);
      EXPECT_GE(times.slowest, times.mean);
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Both, SharedOracleTest, ::testing::Bool(), [](const auto& info) {
  return info.param ? "delta" : "reference";
});

TEST(SharedOracle, ImbalanceIsHowFarTheSlowestIsBehindTheMean) {
  EXPECT_EQ(RankTimes{}.imbalance(), 0.0);
  EXPECT_DOUBLE_EQ((RankTimes{3.0, 2.0}).imbalance(), 0.5);
}

}  // namespace
}  // namespace zo
