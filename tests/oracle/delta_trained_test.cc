#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/batches.h"
#include "data/dataset.h"
#include "models/registry.h"
#include "models/weights.h"
#include "src/base/philox.h"
#include "src/oracle/delta_oracle.h"
#include "tests/oracle/network_case.h"

namespace zo {
namespace {

/// Real pictures and weights that backpropagation has moved away from their start: activations die,
/// statistics drift apart, and losses are small beside the logits.
TEST(DeltaOracleOnCifar, TrainedWeightsGiveTheReferenceLossesInBothPrecisions) {
  const char* folder = std::getenv("ZO_TEST_CIFAR10");
  if (folder == nullptr)
    GTEST_SKIP() << "ZO_TEST_CIFAR10 names no folder with cifar-10-batches-bin";
  const DataSplits data = load_data("cifar10", folder);
  const BatchSource source(data.train, 64, 1, Augment::CropFlip);
  const auto batches = [&](std::int64_t number) { return source.batch(number); };
  for (const char* name : {"resnet8", "resnet20"}) {
    const Network network = make_network(name, {3, 32, 32}, 10);
    auto trained =
        make_reference_oracle(network, initial_weights(network, 1), batches, {.threads = 2});
    for (int step = 0; step < 40; ++step) {
      trained->begin_batch(step);
      trained->base();
      Update update{.edits = {}, .dense = trained->gradient(), .directions = {}};
      for (double& entry : update.dense) entry *= -0.1;
      trained->move(update);
    }
    const Weights weights = trained->weights();
    const Philox draw(2, Purpose::Test, 6);
    std::vector<Probe> probes;
    for (int i = 0; i < testing::probe_count(60); ++i) {
      const auto& segments = network.layout.segments;
      const Segment& segment = segments[draw.below(2 * i, segments.size())];
      probes.push_back(coordinate_probe(
          segment.offset + static_cast<std::int64_t>(draw.below(2 * i + 1, segment.size)), 5e-3));
    }
    for (const auto& [precision, bound] :
         {std::pair{Precision::Float64, 1e-11}, std::pair{Precision::Float32, 1e-6}}) {
      const OracleConfig config{.precision = precision, .threads = 2};
      auto truth = make_reference_oracle(network, weights, batches, config);
      auto delta = make_delta_oracle(network, weights, batches, config);
      truth->begin_batch(50);
      delta->begin_batch(50);
      EXPECT_LT(truth->base(), 2.2) << "not trained";
      EXPECT_NEAR(delta->base(), truth->base(), bound);
      const auto expected = truth->evaluate(probes), losses = delta->evaluate(probes);
      for (std::size_t i = 0; i < probes.size(); ++i) {
        EXPECT_NEAR(losses[i], expected[i], bound) << name << " probe " << i;
      }
    }
  }
}

}  // namespace
}  // namespace zo
