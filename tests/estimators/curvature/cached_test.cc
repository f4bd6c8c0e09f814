#include "src/estimators/curvature/cached.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

/// Asks what the cache plans on `coordinates` at the oracle's point; returns how many measurements.
std::size_t visit(CoordinateCache& cache,
                  LossOracle& oracle,
                  const std::vector<std::int64_t>& coordinates,
                  double eps,
                  double radius) {
  std::vector<Probe> probes;
  Record record = plan_record(oracle, coordinates, eps, Pattern::Forward, probes);
  cache.plan(oracle, coordinates, record, radius, probes);
  const double base = oracle.base();
  const std::vector<double> losses = oracle.evaluate(probes);
  fill_record(record, base, std::span(losses).first(coordinates.size()));
  std::vector<double> differences;
  for (std::size_t k = coordinates.size(); k < losses.size(); ++k) {
    differences.push_back(losses[k] - base);
  }
  cache.absorb(record, differences);
  return differences.size();
}

TEST(CoordinateCache, CurvatureIsExactOnAQuadraticForUnequalStepsAndAskedOnce) {
  const Eigen::MatrixXd a = random_symmetric(1, 4);
  FunctionOracle oracle(quadratic(a, random_matrix(2, 4, 1)), {1.0, -2.0, 0.5, 3.0});
  CoordinateCache cache(4);
  EXPECT_EQ(visit(cache, oracle, {2, 0}, 0.1, 0.3), 2u);
  EXPECT_EQ(visit(cache, oracle, {0, 1, 2}, 0.1, 0.3), 1u);
  EXPECT_EQ(visit(cache, oracle, {0, 1, 2}, 0.1, 0.3), 0u);
  // Rounding of a second difference at steps of 0.1 and values below 100: 4·100·2e-16/0.01.
  for (const int i : {0, 1, 2}) EXPECT_NEAR(cache.curvature(i), a(i, i), 1e-11);
  EXPECT_TRUE(std::isnan(cache.curvature(3)));
}

TEST(CoordinateCache, DividesByTheStepsThatEachCoordinateReallyTook) {
  // In float32 a step of 1e-4 from 64 rounds to 13 units of 2^-17, another than from 0.3. Values
  // are below 1, so a second difference is off by 4·2e-16/1e-8.
  const auto f = [](std::span<const double> x, std::int64_t) {
    return (x[0] - 64.0) * (x[0] - 64.0) + 1.5 * x[1] * x[1];
  };
  FunctionOracle oracle(plain_layout(2), f, {64.0, 0.3f}, Precision::Float32);
  ASSERT_GT(std::abs((oracle.stored(64.0 + 1e-4) - 64.0) / (oracle.stored(0.3f + 1e-4) - 0.3f) - 1),
            1e-3);
  CoordinateCache cache(2);
  visit(cache, oracle, {0, 1}, 1e-4, 2e-4);
  EXPECT_NEAR(cache.curvature(0), 2.0, 1e-6);
  EXPECT_NEAR(cache.curvature(1), 3.0, 1e-6);
}

TEST(CoordinateCache, KeepsTheCurvatureOfTheFirstVisit) {
  // f = x⁴/12: f'' = x². Second difference at steps ±h: x² + h²/6.
  const auto f = [](std::span<const double> x, std::int64_t) { return std::pow(x[0], 4) / 12.0; };
  FunctionOracle oracle(f, {2.0});
  CoordinateCache cache(1);
  visit(cache, oracle, {0}, 0.1, 0.1);
  EXPECT_NEAR(cache.curvature(0), 4.0 + 0.01 / 6.0, 1e-11);
  oracle.move({{{0, 1.0}}, {}, {}});
  visit(cache, oracle, {0}, 0.1, 0.1);
  EXPECT_NEAR(cache.curvature(0), 4.0 + 0.01 / 6.0, 1e-11);
}

TEST(CoordinateCache, MeasurementThatIsNotFiniteIsNotKnownAndNotRepeated) {
  const auto wall = [](std::span<const double> x, std::int64_t) {
    return x[0] < 1.0 ? std::nan("") : x[0] * x[0];
  };
  FunctionOracle oracle(wall, {1.0});
  CoordinateCache cache(1);
  EXPECT_EQ(visit(cache, oracle, {0}, 0.1, 0.1), 1u);
  EXPECT_TRUE(std::isnan(cache.curvature(0)));
  EXPECT_EQ(visit(cache, oracle, {0}, 0.1, 0.1), 0u);
}

TEST(CoordinateCache, SavedCacheKnowsWhatWasMeasuredAndWhatFailed) {
  FunctionOracle oracle(diagonal({2.0, 3.0, 4.0}), {1.0, 1.0, 1.0});
  CoordinateCache cache(3), loaded(3);
  visit(cache, oracle, {0, 2}, 0.1, 0.1);
  State state;
  cache.save(state);
  loaded.load(state);
  EXPECT_EQ(loaded.curvature(0), cache.curvature(0));
  EXPECT_EQ(visit(loaded, oracle, {0, 1, 2}, 0.1, 0.1), 1u);
  EXPECT_NEAR(loaded.curvature(1), 3.0, 1e-12);
}

}  // namespace
}  // namespace zo
