#include "src/estimators/two_point.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "src/estimators/directions.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

TEST(TwoPoint, SlopeAndMeanAreExactOnQuadraticsForAnyRadius) {
  const std::int64_t d = 7;
  const Eigen::MatrixXd a = random_symmetric(1, d);
  const Eigen::VectorXd b = random_matrix(2, d, 1), x = random_matrix(3, d, 1);
  FunctionOracle oracle(quadratic(a, b), {x.begin(), x.end()});
  const auto directions = seeded_directions({.seed = 4}, 3);
  for (const double eps : {1e-3, 1.0, 30.0}) {
    const TwoPoint asked = two_point(oracle, directions, eps);
    for (std::size_t r = 0; r < 3; ++r) {
      Eigen::VectorXd v(d);
      direction_entries(directions[r], 0, {v.data(), 7});
      const double slope = (a * x + b).dot(v);
      EXPECT_NEAR(asked.slope[r], slope, 1e-10 * (1.0 + std::abs(slope)) * std::max(1.0, eps));
      const double mean = oracle.base() + 0.5 * eps * eps * v.dot(a * v);
      EXPECT_NEAR(asked.mean[r], mean, 1e-12 * (1.0 + std::abs(mean)));
    }
  }
  EXPECT_EQ(oracle.ledger().probe, 18);
}

TEST(TwoPoint, ADirectionWithALossThatIsNotFiniteIsDroppedAlone) {
  const auto directions = seeded_directions({.seed = 4}, 2);
  const double edge = direction_entry(directions[0], 0) * 0.5;
  const PlainFunction wall = [edge](std::span<const double> x, std::int64_t) {
    return x[0] == -edge ? std::numeric_limits<double>::infinity() : x[0];
  };
  FunctionOracle oracle(wall, {0.0});
  const TwoPoint asked = two_point(oracle, directions, 0.5);
  EXPECT_EQ(asked.dropped, 1);
  EXPECT_TRUE(std::isnan(asked.slope[0]) && std::isnan(asked.mean[0]));
  EXPECT_DOUBLE_EQ(asked.slope[1], direction_entry(directions[1], 0));
}

}  // namespace
}  // namespace zo
