#include "src/network/network_oracle.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/network/network_case.h"

namespace zo::testing {
namespace {

/// An oracle that computes nothing: what every oracle of networks inherits.
class Bare final : public NetworkOracle {
 public:
  explicit Bare(Precision precision)
      : NetworkOracle(cifar_network("cnn"),
                      initial_weights(cifar_network("cnn"), 1),
                      drawn_batches(1, 2),
                      {.precision = precision}) {}
  using NetworkOracle::fold_statistics;
  std::vector<double> values(std::span<const std::int64_t>) const override { return {}; }
  std::vector<double> theta() const override { return std::vector<double>(dimension(), 2.0); }
  std::vector<double> gradient() override { return {}; }

 private:
  void do_begin_batch(std::int64_t) override {}
  double do_base() override { return 0.0; }
  void do_evaluate(std::span<const Probe>, std::span<double>) override {}
  void do_move(const Update&) override {}
};

const std::vector<std::int64_t> kCounts{10, 100, 1000};

TEST(NetworkOracle, FoldsTheMeanOfTheFirstTenBatchesThenATenthOfEach) {
  Bare oracle(Precision::Float64);
  const auto size = static_cast<std::size_t>(oracle.network().norm_size());
  for (int number = 1; number <= 10; ++number) {
    oracle.fold_statistics(std::vector<double>(size, number), kCounts);
  }
  const Norm& norm = oracle.network().norms[1];
  const auto folded = oracle.weights().norms;
  EXPECT_NEAR(folded[norm.offset], 5.5, 1e-14);
  EXPECT_NEAR(folded[norm.offset + norm.channels], 5.5 * 100.0 / 99.0, 1e-14);
  oracle.fold_statistics(std::vector<double>(size, 100.0), kCounts);
  const auto next = oracle.weights().norms;
  EXPECT_NEAR(next[norm.offset], 0.9 * 5.5 + 10.0, 1e-13);
  EXPECT_NEAR(next[norm.offset + norm.channels], (0.9 * 5.5 + 10.0) * 100.0 / 99.0, 1e-13);
  EXPECT_EQ(oracle.weights().batches_tracked, 11);
}

TEST(NetworkOracle, VarianceBecomesUnbiasedByTheCountOfItsOwnNorm) {
  Bare oracle(Precision::Float64);
  oracle.fold_statistics(std::vector<double>(oracle.network().norm_size(), 1.0), kCounts);
  const auto folded = oracle.weights().norms;
  for (std::size_t n = 0; n < kCounts.size(); ++n) {
    const Norm& norm = oracle.network().norms[n];
    const auto count = static_cast<double>(kCounts[n]);
    EXPECT_EQ(folded[norm.offset + norm.channels - 1], 1.0);
    EXPECT_DOUBLE_EQ(folded[norm.offset + norm.channels], count / (count - 1.0));
  }
}

TEST(NetworkOracle, RunningStatisticsOfFloat32AreExactInFloat32) {
  Bare oracle(Precision::Float32);
  oracle.fold_statistics(std::vector<double>(oracle.network().norm_size(), 0.1), kCounts);
  for (const double value : oracle.weights().norms) {
    ASSERT_EQ(value, static_cast<double>(static_cast<float>(value)));
  }
}

TEST(NetworkOracle, NonFiniteStatisticsAreNotFolded) {
  Bare oracle(Precision::Float32);
  const auto before = oracle.weights().norms;
  std::vector<double> batch(oracle.network().norm_size(), 1.0);
  batch.back() = std::numeric_limits<double>::infinity();
  oracle.fold_statistics(batch, kCounts);
  EXPECT_EQ(oracle.weights().norms, before);
  EXPECT_EQ(oracle.weights().batches_tracked, 0);
}

TEST(NetworkOracle, WeightsHoldThetaOfTheImplementation) {
  const Bare oracle(Precision::Float32);
  EXPECT_EQ(oracle.weights().theta, std::vector<double>(oracle.dimension(), 2.0));
}

}  // namespace
}  // namespace zo::testing
