#include "src/run/statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "data/batches.h"
#include "models/registry.h"
#include "tests/run/small_data.h"

namespace zo {
namespace {

Weights drawn_weights(const Network& network) { return initial_weights(network, 1); }

// Without a shift and with a first convolution that copies one pixel value of channel 0 (a kernel
// that is 1 in its middle), the first norm's channels see that channel of the pictures.
TEST(RetakeStatistics, AreTheMeanOfBatchMeansAndOfUnbiasedBatchVariances) {
  const Dataset data = noise_pictures(760, "train");  // three whole batches of 250
  const Network network = make_network("resnet8", {3, 32, 32}, 10);
  Weights weights = drawn_weights(network);
  const Segment& conv = *network.layout.find("conv1.weight");
  std::fill_n(weights.theta.begin() + conv.offset, conv.size, 0.0);
  weights.theta[conv.offset + 4] = 1.0;  // output 0, input 0, the middle of 3x3
  const auto result = retake_statistics(network, weights, data, 20, Precision::Float64, 2);
  EXPECT_EQ(result.batches, 3);

  const BatchSource source(data, 250, 0, Augment::None);
  double mean = 0.0, variance = 0.0;
  for (int b = 0; b < 3; ++b) {
    const Batch batch = source.batch(b);
    double sum = 0.0, squares = 0.0;
    const double n = 250.0 * 1024.0;
    for (std::int64_t row = 0; row < batch.rows; ++row) {
      for (int i = 0; i < 1024; ++i) sum += batch.images[row * 3072 + i];
    }
    for (std::int64_t row = 0; row < batch.rows; ++row) {
      for (int i = 0; i < 1024; ++i) {
        const double deviation = batch.images[row * 3072 + i] - sum / n;
        squares += deviation * deviation;
      }
    }
    mean += sum / n / 3.0;
    variance += squares / (n - 1.0) / 3.0;
  }
  const Norm& norm = network.norms[0];
  // Sums of 768,000 terms of order 1 in double, in another order.
  EXPECT_NEAR(result.weights.norms[norm.offset], mean, 1e-12);
  EXPECT_NEAR(result.weights.norms[norm.offset + norm.channels], variance, 1e-11);
  EXPECT_EQ(result.weights.norms[norm.offset + 1], 0.0);
  EXPECT_EQ(result.weights.theta, weights.theta);
}

// A second norm behind one that keeps its channels' distribution: γ = 0 and β = c make every input
// of the next convolution c, so its output channel is c times the sum of its kernel inside.
TEST(RetakeStatistics, EveryNormGetsItsOwn) {
  const Dataset data = noise_pictures(250, "train");
  const Network network = make_network("resnet8", {3, 32, 32}, 10);
  Weights weights = drawn_weights(network);
  const auto at = [&](const std::string& name) { return network.layout.find(name)->offset; };
  const std::int64_t channels = network.norms[0].channels;
  std::fill_n(weights.theta.begin() + at("bn1.weight"), channels, 0.0);
  std::fill_n(weights.theta.begin() + at("bn1.bias"), channels, 0.5);
  const Segment& conv = *network.layout.find("layer1.0.conv1.weight");
  std::fill_n(weights.theta.begin() + conv.offset, conv.size, 0.0);
  weights.theta[conv.offset + 4] = 3.0;  // output 0, input 0, the middle
  const auto result = retake_statistics(network, weights, data, 1, Precision::Float64, 1);
  const Norm& norm = network.norms[1];
  EXPECT_DOUBLE_EQ(result.weights.norms[norm.offset], 1.5);
  EXPECT_NEAR(result.weights.norms[norm.offset + norm.channels], 0.0, 1e-15);
  EXPECT_EQ(result.weights.norms[norm.offset + 1], 0.0);
}

TEST(RetakeStatistics, AThetaOutOfRangeLeavesTheLastOnes) {
  const Dataset data = noise_pictures(250, "train");
  const Network network = make_network("resnet8", {3, 32, 32}, 10);
  Weights weights = drawn_weights(network);
  weights.theta[0] = std::numeric_limits<double>::infinity();
  const auto result = retake_statistics(network, weights, data, 1, Precision::Float64, 1);
  EXPECT_EQ(result.batches, 0);
  EXPECT_EQ(result.weights.norms, weights.norms);
}

TEST(RetakeStatistics, DoNotDependOnThreadsNorOnTheStatisticsBefore) {
  const Dataset data = noise_pictures(510, "train");
  const Network network = make_network("resnet8", {3, 32, 32}, 10);
  Weights weights = drawn_weights(network);
  const auto one = retake_statistics(network, weights, data, 2, Precision::Float32, 1);
  std::fill(weights.norms.begin(), weights.norms.end(), 7.0);
  const auto three = retake_statistics(network, weights, data, 2, Precision::Float32, 3);
  EXPECT_EQ(one.weights.norms, three.weights.norms);
  for (const double value : one.weights.norms) EXPECT_EQ(value, static_cast<float>(value));
}

TEST(RetakeStatistics, CostNothingWithoutBatchNormOrWithNoBatches) {
  const Dataset data = noise_pictures(20, "train");
  const Network plain = make_network("mlp", {3, 32, 32}, 10);
  EXPECT_EQ(retake_statistics(plain, drawn_weights(plain), data, 20, Precision::Float32, 1).batches,
            0);
  const Network network = make_network("cnn", {3, 32, 32}, 10);
  const Weights weights = drawn_weights(network);
  const auto none = retake_statistics(network, weights, data, 0, Precision::Float32, 1);
  EXPECT_EQ(none.batches, 0);
  EXPECT_EQ(none.weights.norms, weights.norms);
  EXPECT_EQ(retake_statistics(network, weights, data, 20, Precision::Float32, 1).batches, 1);
  EXPECT_EQ(statistics_text(plain, 0), "none");
  EXPECT_EQ(statistics_text(network, 0), "running");
  EXPECT_EQ(statistics_text(network, 20), "retaken from 20 training batches");
}

}  // namespace
}  // namespace zo
