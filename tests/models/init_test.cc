#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "models/registry.h"
#include "models/weights.h"

namespace zo {
namespace {

constexpr Shape kCifar{3, 32, 32};

TEST(InitialWeights, AreTheSameForOneSeedAndDifferForAnother) {
  const auto network = make_network("resnet8", kCifar, 10);
  EXPECT_EQ(initial_weights(network, 1).theta, initial_weights(network, 1).theta);
  EXPECT_NE(initial_weights(network, 1).theta, initial_weights(network, 2).theta);
}

TEST(InitialWeights, AreExactInFloat32) {
  for (const double value : initial_weights(make_network("cnn", kCifar, 10), 1).theta) {
    ASSERT_EQ(value, static_cast<double>(static_cast<float>(value)));
  }
}

TEST(InitialWeights, ConvolutionAndLinearHaveTheMomentsOfHe) {
  for (const std::string name : {"resnet20", "cnn", "mlp"}) {
    const auto network = make_network(name, kCifar, 10);
    const auto weights = initial_weights(network, 7);
    for (const Segment& segment : network.layout.segments) {
      if (segment.role != Role::Convolution && segment.role != Role::Linear) continue;
      const double n = static_cast<double>(segment.size);
      const double variance = 2.0 / (n / static_cast<double>(segment.shape[0]));
      double sum = 0.0, squares = 0.0;
      for (std::int64_t i = 0; i < segment.size; ++i) {
        const double x = weights.theta[segment.offset + i];
        sum += x;
        squares += x * x;
      }
      // n normal draws: the mean has standard error σ/√n, the mean square σ²·√(2/n).
      EXPECT_LT(std::abs(sum / n), 5.0 * std::sqrt(variance / n)) << segment.name;
      EXPECT_LT(std::abs(squares / n - variance), 5.0 * variance * std::sqrt(2.0 / n))
          << segment.name;
    }
  }
}

TEST(InitialWeights, BiasesStayInsideTheBoundOfFanIn) {
  const auto network = make_network("mlp", kCifar, 10);
  const auto weights = initial_weights(network, 3);
  const Segment& bias = *network.layout.find("fc1.bias");
  const double bound = 1.0 / std::sqrt(3072.0);
  double largest = 0.0, smallest = 0.0;
  for (std::int64_t i = 0; i < bias.size; ++i) {
    largest = std::max(largest, weights.theta[bias.offset + i]);
    smallest = std::min(smallest, weights.theta[bias.offset + i]);
  }
  EXPECT_LE(largest, bound);
  EXPECT_GE(smallest, -bound);
  // 64 uniform draws all miss the outer fifth of a side with probability 0.9^64 = 0.1 %.
  EXPECT_GT(largest, 0.8 * bound);
  EXPECT_LT(smallest, -0.8 * bound);
}

TEST(InitialWeights, NormsStartAsTheIdentity) {
  const auto network = make_network("resnet8", kCifar, 10);
  const auto weights = initial_weights(network, 1);
  for (const Segment& segment : network.layout.segments) {
    if (segment.role != Role::NormScale && segment.role != Role::NormShift) continue;
    for (std::int64_t i = 0; i < segment.size; ++i) {
      EXPECT_EQ(weights.theta[segment.offset + i], segment.role == Role::NormScale ? 1.0 : 0.0);
    }
  }
  for (const Norm& norm : network.norms) {
    for (int c = 0; c < norm.channels; ++c) {
      EXPECT_EQ(weights.norms[norm.offset + c], 0.0);
      EXPECT_EQ(weights.norms[norm.offset + norm.channels + c], 1.0);
    }
  }
  EXPECT_EQ(weights.batches_tracked, 0);
}

}  // namespace
}  // namespace zo
