#include "src/estimators/curvature/exact_block.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

struct Measured {
  std::vector<double> packed;
  std::int64_t probes = 0;
};

Measured measure(LossOracle& oracle, const Subspace& subspace, double eps, double radius) {
  std::vector<Probe> planned;
  Record record = plan_record(oracle, subspace.coordinates, eps, Pattern::Forward, planned);
  const std::size_t m = planned.size();
  HessianProbes fresh = plan_exact(oracle, subspace, record, radius, planned);
  const auto losses = oracle.evaluate(planned);
  const double base = oracle.base();
  fill_record(record, base, std::span(losses).first(m));
  for (std::size_t i = m; i < losses.size(); ++i) fresh.difference.push_back(losses[i] - base);
  Measured result;
  result.packed.resize(subspace.blocks() * subspace.packed());
  estimate_exact(subspace, record, fresh, result.packed);
  result.probes = static_cast<std::int64_t>(losses.size() - m);
  return result;
}

TEST(ExactBlock, RecoversBlocksOfAnySizeAndCoordinatesInAnyOrder) {
  const std::int64_t d = 11;
  const Eigen::MatrixXd a = random_symmetric(1, d);
  FunctionOracle oracle(quadratic(a, random_matrix(2, d, 1)), std::vector<double>(d, 0.4));
  for (const std::int64_t block : {1, 2, 3, 4, 11}) {
    for (const double radius : {1e-3, 7e-3}) {
      const Subspace subspace{{10, 3, 7, 0, 5, 1, 9, 2, 8, 4, 6}, block};
      const Measured m = measure(oracle, subspace, 1e-3, radius);
      EXPECT_EQ(m.probes, exact_count(subspace));
      for (std::int64_t j = 0; j < subspace.blocks(); ++j) {
        for (std::int64_t i = 0; i < subspace.length(j); ++i) {
          for (std::int64_t k = 0; k <= i; ++k) {
            const auto row = subspace.coordinates[subspace.first(j) + i];
            const auto column = subspace.coordinates[subspace.first(j) + k];
            EXPECT_NEAR(m.packed[j * subspace.packed() + packed_index(i, k)], a(row, column), 1e-7)
                << "block " << block << " radius " << radius;
          }
        }
      }
    }
  }
}

TEST(ExactBlock, CountsHalfOfBTimesBPlusOneProbesABlock) {
  const auto count = [](std::int64_t m, std::int64_t block) {
    return exact_count({std::vector<std::int64_t>(m), block});
  };
  EXPECT_EQ(count(20, 2), 30);
  EXPECT_EQ(count(21, 2), 31);
  EXPECT_EQ(count(20, 1), 20);
  EXPECT_EQ(count(20, 8), 36 + 36 + 10);
  EXPECT_EQ(count(8, 8), 36);
}

TEST(ExactBlock, RoundedStepsOfFloat32DoNotBiasTheCurvature) {
  // f = 5 x on values near 1000, where ε = 1e-3 is a handful of units in the last place: the two
  // steps differ by several per cent, which the unequal divided difference cancels exactly.
  const auto line = [](std::span<const double> x, std::int64_t) { return 5.0 * (x[0] + x[1]); };
  FunctionOracle oracle(plain_layout(2), line, {1000.003, 999.9}, Precision::Float32);
  const Measured m = measure(oracle, {{0, 1}, 2}, 1e-3, 2e-3);
  for (const double h : m.packed) EXPECT_NEAR(h, 0.0, 1e-5);
}

TEST(ExactBlock, MixedDifferencesDivideByTheStepsOfBothCoordinates) {
  // ε = 1e-4 becomes 1.22e-4 near 1000 and 0.92e-4 near 400 in float32.
  const auto saddle = [](std::span<const double> x, std::int64_t) {
    return (x[0] - 1000.0) * (x[1] - 400.0);
  };
  FunctionOracle oracle(plain_layout(2), saddle, {1000.5, 400.5}, Precision::Float32);
  const Measured m = measure(oracle, {{0, 1}, 2}, 1e-4, 1e-4);
  EXPECT_NEAR(m.packed[packed_index(0, 0)], 0.0, 1e-6);
  EXPECT_NEAR(m.packed[packed_index(1, 0)], 1.0, 1e-6);
  EXPECT_NEAR(m.packed[packed_index(1, 1)], 0.0, 1e-6);
}

TEST(ExactBlock, OneLossThatIsNotFiniteVoidsItsBlockAndNoOther) {
  const auto cliff = [](std::span<const double> x, std::int64_t) {
    return std::log(x[0] + 1e-4) + x[1] * x[1] + 2.0 * x[2] * x[2] + x[3];
  };
  FunctionOracle oracle(cliff, {0.0, 1.0, 1.0, 1.0});
  const Measured m = measure(oracle, {{0, 1, 2, 3}, 2}, 1e-3, 1e-3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(std::isnan(m.packed[i]));
  EXPECT_NEAR(m.packed[3], 4.0, 1e-6);
  EXPECT_NEAR(m.packed[5], 0.0, 1e-6);
}

}  // namespace
}  // namespace zo
