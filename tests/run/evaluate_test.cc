#include "src/run/evaluate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/registry.h"
#include "src/network/network_oracle.h"
#include "tests/run/small_data.h"

namespace zo {
namespace {

// The last layer gives every picture the same logits, its bias, so loss and accuracy are known.
TEST(Evaluate, ConstantLogitsGiveTheClosedFormOfLossAndAccuracy) {
  const Dataset data = noise_pictures(612, "test");  // 250 + 250 + 112: the last batch is smaller
  const Network network = make_network("cnn", {3, 32, 32}, 10);
  Weights weights = initial_weights(network, 1);
  const Segment& matrix = *network.layout.find("fc.weight");
  const Segment& bias = *network.layout.find("fc.bias");
  std::fill_n(weights.theta.begin() + matrix.offset, matrix.size, 0.0);
  double sum = 0.0;
  for (int c = 0; c < 10; ++c) {
    weights.theta[bias.offset + c] = c == 7 ? 2.0 : 0.125 * c;
    sum += std::exp(weights.theta[bias.offset + c]);
  }
  double expected = 0.0;
  for (const auto label : data.labels)
    expected += std::log(sum) - weights.theta[bias.offset + label];
  const auto sevens = std::count(data.labels.begin(), data.labels.end(), 7);

  const auto result = evaluate(network, weights, data, Precision::Float64, 2);
  EXPECT_EQ(result.images, 612);
  EXPECT_EQ(result.queries, 3);
  EXPECT_NEAR(result.loss, expected / 612.0, 1e-12);
  EXPECT_EQ(result.accuracy, static_cast<double>(sevens) / 612.0);
}

TEST(Evaluate, TheResultDoesNotDependOnTheNumberOfThreads) {
  const Dataset data = noise_pictures(600, "test");
  const Network network = make_network("cnn", {3, 32, 32}, 10);
  const Weights weights = initial_weights(network, 1);
  const auto one = evaluate(network, weights, data, Precision::Float32, 1);
  const auto three = evaluate(network, weights, data, Precision::Float32, 3);
  EXPECT_EQ(one.loss, three.loss);
  EXPECT_EQ(one.accuracy, three.accuracy);
}

TEST(Evaluate, BatchNormUsesTheRunningStatistics) {
  const Dataset data = noise_pictures(64, "test");
  const Network network = make_network("resnet8", {3, 32, 32}, 10);
  Weights weights = initial_weights(network, 1);
  for (std::size_t i = 0; i < weights.norms.size(); ++i) weights.norms[i] += 0.01 * (i % 7);
  const auto oracle = make_reference_oracle(network,
                                            weights,
                                            [&](std::int64_t) { return plain_batch(data, 0, 64); },
                                            {Precision::Float64, BnMode::Running, 1});
  oracle->begin_batch(0);
  EXPECT_NEAR(evaluate(network, weights, data, Precision::Float64, 1).loss, oracle->base(), 1e-12);
}

}  // namespace
}  // namespace zo
