#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "tests/cuda/require_cuda.h"
#include "tests/delta/engine_case.h"

namespace zo {
namespace {

using testing::Engine;
using testing::EngineCase;

class NaNOn : public ::testing::TestWithParam<std::tuple<Engine, Precision>> {};

/// A convolution, ReLU, maximum and a linear layer.
Network window_network() {
  NetworkBuilder net("window", {3, 32, 32}, 10);
  net.conv3x3("conv", 2, 1, true);
  net.relu("relu");
  net.max_pool2("max");
  net.flatten("flatten");
  net.linear("fc", 10);
  return net.take();
}

/// One picture of −1 but for a 0 at `pixel` of the first channel; −1: none.
BatchFunction picture_with_zero(int pixel) {
  return [=](std::int64_t number) {
    Batch batch{
        .number = number, .rows = 1, .images = std::vector<float>(3072, -1.0F), .labels = {3}};
    if (pixel >= 0) batch.images[pixel] = 0.0F;
    return batch;
  };
}

TEST_P(NaNOn, SurvivesReluAndMaxPoolWhereverItStandsInItsWindow) {
  const auto& [engine, precision] = GetParam();
  ZO_NEED_CUDA(EngineCase::problem(engine));
  const Network network = window_network();
  const OracleConfig config{.precision = precision};
  Weights weights = initial_weights(network, 1);
  // The centre tap of the first channel made infinite gives 0·∞ = NaN at the zero, and −∞ at all
  // other pixels, which the ReLU makes 0: one NaN among numbers.
  const auto probe = coordinate_probe(4, std::numeric_limits<double>::infinity());
  const int corner = 10 * 32 + 6;
  for (const double bias : {-10.0, 10.0}) {  // the ReLU is shut at the base point, or open
    weights.theta[network.layout.find("conv.bias")->offset] = bias;
    for (const int pixel : {-1, corner, corner + 1, corner + 32, corner + 33}) {
      const auto batches = picture_with_zero(pixel);
      const auto oracle = EngineCase::make(engine, network, weights, batches, config);
      const auto reference = make_reference_oracle(network, weights, batches, config);
      for (auto* each : {oracle.get(), reference.get()}) each->begin_batch(0);
      EXPECT_EQ(std::isnan(oracle->evaluate({&probe, 1})[0]), pixel >= 0) << bias << " " << pixel;
      EXPECT_EQ(std::isnan(reference->evaluate({&probe, 1})[0]), pixel >= 0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Engines,
                         NaNOn,
                         ::testing::Combine(::testing::ValuesIn(testing::kEngines),
                                            ::testing::Values(Precision::Float32,
                                                              Precision::Float64)),
                         [](const auto& info) {
                           return testing::engine_name(std::get<0>(info.param)) +
                                  (std::get<1>(info.param) == Precision::Float32 ? "_float32"
                                                                                 : "_float64");
                         });

}  // namespace
}  // namespace zo
