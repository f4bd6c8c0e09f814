#include "src/network/network_state.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/network/network_case.h"

namespace zo::testing {
namespace {

NetworkState bare(Precision precision) {
  const Network network = cifar_network("cnn");
  return {network, initial_weights(network, 1), drawn_batches(1, 2), {.precision = precision}};
}

std::vector<double> norms_of(const NetworkState& state) { return state.weights({}).norms; }

const std::vector<std::int64_t> kCounts{10, 100, 1000};

TEST(NetworkState, FoldsTheMeanOfTheFirstTenBatchesThenATenthOfEach) {
  NetworkState state = bare(Precision::Float64);
  const auto size = static_cast<std::size_t>(state.network().norm_size());
  for (int number = 1; number <= 10; ++number) {
    state.fold({std::vector<double>(size, number), kCounts});
  }
  const Norm& norm = state.network().norms[1];
  const auto folded = norms_of(state);
  EXPECT_NEAR(folded[norm.offset], 5.5, 1e-14);
  EXPECT_NEAR(folded[norm.offset + norm.channels], 5.5 * 100.0 / 99.0, 1e-14);
  state.fold({std::vector<double>(size, 100.0), kCounts});
  const auto next = norms_of(state);
  EXPECT_NEAR(next[norm.offset], 0.9 * 5.5 + 10.0, 1e-13);
  EXPECT_NEAR(next[norm.offset + norm.channels], (0.9 * 5.5 + 10.0) * 100.0 / 99.0, 1e-13);
  EXPECT_EQ(state.weights({}).batches_tracked, 11);
}

TEST(NetworkState, VarianceBecomesUnbiasedByTheCountOfItsOwnNorm) {
  NetworkState state = bare(Precision::Float64);
  state.fold({std::vector<double>(state.network().norm_size(), 1.0), kCounts});
  const auto folded = norms_of(state);
  for (std::size_t n = 0; n < kCounts.size(); ++n) {
    const Norm& norm = state.network().norms[n];
    const auto count = static_cast<double>(kCounts[n]);
    EXPECT_EQ(folded[norm.offset + norm.channels - 1], 1.0);
    EXPECT_DOUBLE_EQ(folded[norm.offset + norm.channels], count / (count - 1.0));
  }
}

TEST(NetworkState, RunningStatisticsOfFloat32AreExactInFloat32) {
  NetworkState state = bare(Precision::Float32);
  state.fold({std::vector<double>(state.network().norm_size(), 0.1), kCounts});
  for (const double value : norms_of(state)) {
    ASSERT_EQ(value, static_cast<double>(static_cast<float>(value)));
  }
}

TEST(NetworkState, NonFiniteStatisticsAreNotFolded) {
  NetworkState state = bare(Precision::Float32);
  const auto before = norms_of(state);
  std::vector<double> batch(state.network().norm_size(), 1.0);
  batch.back() = std::numeric_limits<double>::infinity();
  state.fold({batch, kCounts});
  EXPECT_EQ(norms_of(state), before);
  EXPECT_EQ(state.weights({}).batches_tracked, 0);
}

TEST(NetworkState, WeightsHoldTheThetaGivenAndRunningStatisticsStayOpen) {
  const NetworkState state = bare(Precision::Float32);
  EXPECT_EQ(state.weights({1.0, 2.0}).theta, (std::vector<double>{1.0, 2.0}));
  EXPECT_EQ(state.weights({}).norms, state.running());
  EXPECT_EQ(state.batch(3).number, 3);
}

}  // namespace
}  // namespace zo::testing
