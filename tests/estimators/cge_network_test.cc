#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "src/base/philox.h"
#include "src/delta/oracle.h"
#include "src/estimators/cge.h"
#include "tests/network/network_case.h"

namespace zo {
namespace {

using namespace zo::testing;

TEST(CgeOnResnet8, PointsTheWayOfBackpropagation) {
  // methods.md 2.6: cosine above 0.999 in float64 at μ = 1e-4; here over coordinates of all layers.
  Network network = cifar_network("resnet8");
  const Weights weights = initial_weights(network, 5);
  const auto oracle = make_delta_oracle(
      std::move(network), weights, drawn_batches(5, 8), {.precision = Precision::Float64});
  oracle->begin_batch(0);
  const std::vector<double> exact = oracle->gradient();

  const Philox draw(5, Purpose::Test);
  std::vector<std::int64_t> at;
  for (const Segment& segment : oracle->layout().segments) {
    for (std::int64_t i = 0; i < std::min<std::int64_t>(segment.size, 40); ++i) {
      const auto step = segment.size / std::min<std::int64_t>(segment.size, 40);
      const auto shift = static_cast<std::int64_t>(draw.below(at.size(), step));
      at.push_back(segment.offset + i * step + shift);
    }
  }
  const CoordinateGradient estimate = cge(*oracle, at, 1e-4);
  double mixed = 0.0, ours = 0.0, theirs = 0.0, error = 0.0;
  for (std::size_t s = 0; s < at.size(); ++s) {
    const double g = estimate.gradient[s], truth = exact[at[s]];
    mixed += g * truth;
    ours += g * g;
    theirs += truth * truth;
    error += (g - truth) * (g - truth);
  }
  EXPECT_GT(mixed / std::sqrt(ours * theirs), 0.999);
  // The same angle between vectors of one length: ‖g − ∇f‖² = 2 (1 − cos) ‖∇f‖².
  EXPECT_LT(error, 2.0 * (1.0 - 0.999) * theirs);
  EXPECT_EQ(estimate.dropped, 0);
  EXPECT_EQ(oracle->ledger().queries(), static_cast<std::int64_t>(at.size()) + 1);
}

}  // namespace
}  // namespace zo
