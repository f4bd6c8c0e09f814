#include "src/estimators/cge.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

TEST(Cge, IsTheGradientPlusHalfAStepOfTheDiagonalOnQuadratics) {
  const std::int64_t d = 9;
  const double mu = 5e-3;
  const Eigen::MatrixXd a = random_symmetric(1, d);
  const Eigen::VectorXd b = random_matrix(2, d, 1), x = random_matrix(3, d, 1);
  FunctionOracle oracle(quadratic(a, b), {x.begin(), x.end()});
  const std::vector<std::int64_t> some = {8, 0, 3, 5};
  const CoordinateGradient g = cge(oracle, some, mu);
  const Eigen::VectorXd expected = a * x + b + 0.5 * mu * a.diagonal();
  ASSERT_EQ(g.gradient.size(), some.size());
  for (std::size_t s = 0; s < some.size(); ++s) EXPECT_NEAR(g.gradient[s], expected[some[s]], 1e-8);
  EXPECT_EQ(oracle.ledger().queries(), 5);
}

TEST(Cge, DividesByTheStepReallyTaken) {
  // Near 1000 a float has units of 6e-5: ε = 1e-4 becomes 1.2e-4 or 6e-5. The slope of a line is
  // exact all the same.
  const auto line = [](std::span<const double> x, std::int64_t) { return 3.0 * x[0]; };
  FunctionOracle oracle(plain_layout(1), line, {1000.0}, Precision::Float32);
  const std::vector<std::int64_t> one = {0};
  EXPECT_NEAR(cge(oracle, one, 1e-4).gradient[0], 3.0, 1e-7);

  // Each coordinate by its own: near 400 the units are half as large.
  const auto plane = [](std::span<const double> x, std::int64_t) { return 3.0 * x[0] + x[1]; };
  FunctionOracle both(plain_layout(2), plane, {1000.0, 400.0}, Precision::Float32);
  const auto g = cge(both, std::vector<std::int64_t>{0, 1}, 1e-4).gradient;
  EXPECT_NEAR(g[0], 3.0, 1e-7);
  EXPECT_NEAR(g[1], 1.0, 1e-7);
}

TEST(Cge, LossThatIsNotFiniteDropsItsCoordinateOnly) {
  const auto wall = [](std::span<const double> x, std::int64_t) {
    return x[0] > 0.0 ? std::nan("") : x[0] + 2.0 * x[1];
  };
  FunctionOracle oracle(wall, {0.0, 1.0});
  const std::vector<std::int64_t> both = {0, 1};
  const CoordinateGradient g = cge(oracle, both, 1e-3);
  EXPECT_EQ(g.gradient[0], 0.0);
  EXPECT_NEAR(g.gradient[1], 2.0, 1e-11);
  EXPECT_EQ(g.dropped, 1);
}

TEST(Cge, StepLostToRoundingDropsItsCoordinate) {
  FunctionOracle oracle(diagonal({1.0, 1.0}), {1e20, 1.0});
  const std::vector<std::int64_t> both = {0, 1};
  const CoordinateGradient g = cge(oracle, both, 1e-3);
  EXPECT_EQ(g.gradient[0], 0.0);
  EXPECT_EQ(g.dropped, 1);
}

TEST(Record, PatternsPlaceTheirProbes) {
  const auto sum = [](std::span<const double> x, std::int64_t) {
    return x[0] + 10.0 * x[1] + 100.0 * x[2];
  };
  FunctionOracle oracle(sum, {0.0, 0.0, 0.0});
  const std::vector<std::int64_t> all = {0, 1, 2};
  const auto rises = [&](Pattern pattern) {
    std::vector<Probe> probes;
    Record record = plan_record(oracle, all, 0.5, pattern, probes);
    fill_record(record, oracle.base(), oracle.evaluate(probes));
    return record.difference;
  };
  EXPECT_EQ(rises(Pattern::Forward), (std::vector<double>{0.5, 5.0, 50.0}));
  EXPECT_EQ(rises(Pattern::Backward), (std::vector<double>{-0.5, -5.0, -50.0}));
  EXPECT_EQ(rises(Pattern::Stair), (std::vector<double>{0.5, 5.5, 50.0}));
}

TEST(Record, ComesBackFromACheckpointBitForBit) {
  Record record;
  record.base = 0.1;
  record.pattern = Pattern::Stair;
  record.x = {1.0 / 3.0};
  record.step = {1e-3};
  record.difference = {-7e-9};
  State state;
  record.save(state, "r");
  const Record back = Record::load(state, "r");
  EXPECT_EQ(back.base, record.base);
  EXPECT_EQ(back.pattern, record.pattern);
  EXPECT_EQ(back.x, record.x);
  EXPECT_EQ(back.step, record.step);
  EXPECT_EQ(back.difference, record.difference);
}

}  // namespace
}  // namespace zo
