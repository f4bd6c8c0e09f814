#include "src/oracle/function_oracle.h"

#include <gtest/gtest.h>

#include "src/base/error.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

std::vector<Probe> many_probes(std::int64_t d) {
  std::vector<Probe> probes;
  for (std::int64_t i = 0; i + 1 < d; ++i) {
    probes.push_back(coordinate_probe(i, 0.1));
    probes.push_back(pair_probe({i, -0.1}, {i + 1, 0.3}));
    DenseProbe dense;
    dense.scale = 0.1;
    dense.seed = static_cast<std::uint64_t>(i);
    probes.push_back(dense);
  }
  return probes;
}

/// Example n of three: (n + 1)·x₀ + x₁², and the batch's number.
FiniteSum three_examples() {
  return {3, [](std::span<const double> x, std::int64_t batch, std::span<double> losses) {
            for (int n = 0; n < 3; ++n) {
              losses[n] = (n + 1) * x[0] + x[1] * x[1] + static_cast<double>(batch);
            }
          }};
}

TEST(FunctionOracle, AFiniteSumHandsOutTheLossesOfItsExamplesAtNoFurtherQuery) {
  FunctionOracle oracle(plain_layout(2), three_examples(), {0.3, 0.7}, Precision::Float64, 2);
  EXPECT_EQ(oracle.examples(), 3);
  oracle.begin_batch(5);
  const std::vector<Probe> probes = {coordinate_probe(0, 0.5), coordinate_probe(1, -0.7)};
  std::vector<double> rows;
  const auto losses = oracle.evaluate(probes, rows);
  EXPECT_EQ(losses, oracle.evaluate(probes));
  ASSERT_EQ(rows.size(), 6u);
  for (int n = 0; n < 3; ++n) {
    EXPECT_EQ(rows[n], (n + 1) * 0.8 + 0.7 * 0.7 + 5.0);
    EXPECT_EQ(rows[3 + n], (n + 1) * 0.3 + 5.0);
    EXPECT_EQ(oracle.base_examples()[n], (n + 1) * 0.3 + 0.7 * 0.7 + 5.0);
  }
  EXPECT_EQ(losses[0], (rows[0] + rows[1] + rows[2]) / 3.0);
  EXPECT_DOUBLE_EQ(oracle.base(), 0.7 * 0.7 + 2 * 0.3 + 5.0);
  EXPECT_EQ(oracle.ledger().probe, 4);
  EXPECT_EQ(oracle.ledger().base, 1);
  oracle.move({.edits = {{0, 1.0}}, .dense = {}, .directions = {}});
  EXPECT_EQ(oracle.base_examples()[1], 2 * 1.3 + 0.7 * 0.7 + 5.0);
  oracle.begin_batch(6);
  EXPECT_EQ(oracle.base_examples()[1], 2 * 1.3 + 0.7 * 0.7 + 6.0);
}

TEST(FunctionOracle, ABlackBoxHasNoExamples) {
  FunctionOracle oracle(diagonal({1.0}), {2.0});
  EXPECT_EQ(oracle.examples(), 0);
  std::vector<double> rows;
  EXPECT_THROW(oracle.base_examples(), Error);
  EXPECT_THROW(oracle.evaluate(std::vector<Probe>{coordinate_probe(0, 1.0)}, rows), Error);
  EXPECT_EQ(oracle.ledger().queries(), 0);
}

TEST(FunctionOracle, ProbesSeeThePerturbedPoint) {
  const std::vector<double> x = {1.0, -2.0, 0.5};
  FunctionOracle oracle(diagonal({1.0, 10.0, 100.0}), x);
  const auto probes = many_probes(3);
  const auto losses = oracle.evaluate(probes);
  for (std::size_t p = 0; p < probes.size(); ++p) {
    std::vector<double> point = x;
    if (const auto* sparse = std::get_if<SparseProbe>(&probes[p])) {
      for (const Edit& e : sparse->edits()) point[e.index] += e.delta;
    } else {
      add_direction(std::get<DenseProbe>(probes[p]), point);
    }
    EXPECT_EQ(losses[p], diagonal({1.0, 10.0, 100.0})(point, 0));
  }
}

TEST(FunctionOracle, ThetaIsBitEqualAfterProbes) {
  const std::vector<double> x = {0.1, 0.2, 0.3, 1e9};
  FunctionOracle oracle(diagonal({1.0, 2.0, 3.0, 4.0}), x);
  const double base = oracle.base();
  oracle.evaluate(many_probes(4));
  EXPECT_EQ(oracle.theta(), x);
  oracle.begin_batch(1);
  EXPECT_EQ(oracle.base(), base);
}

TEST(FunctionOracle, LossesDoNotDependOnThreadsOrOrder) {
  const std::int64_t d = 40;
  std::vector<double> x(d, 0.7);
  FunctionOracle one(quadratic(random_symmetric(1, d), Eigen::VectorXd::Ones(d)), x, 1);
  FunctionOracle three(quadratic(random_symmetric(1, d), Eigen::VectorXd::Ones(d)), x, 3);
  auto probes = many_probes(d);
  const auto losses = one.evaluate(probes);
  EXPECT_EQ(three.evaluate(probes), losses);
  std::reverse(probes.begin(), probes.end());
  auto reversed = three.evaluate(probes);
  std::reverse(reversed.begin(), reversed.end());
  EXPECT_EQ(reversed, losses);
}

TEST(FunctionOracle, MoveAddsAllPartsAndRoundsOnce) {
  FunctionOracle oracle(plain_layout(2), rosenbrock, {1.0, 2.0}, Precision::Float32);
  Update update;
  update.edits = {{0, 1e-9}};  // below half of a unit in the last place of 1.0f ...
  update.dense = {6e-8, 1.0};  // ... as is this alone; together they are above
  oracle.move(update);
  EXPECT_EQ(oracle.theta()[0], 1.0 + 0x1p-23);
  EXPECT_EQ(oracle.theta()[1], 3.0);
  DenseProbe dense;
  dense.scale = 2.0;
  dense.vector = std::make_shared<const std::vector<double>>(std::vector<double>{0.0, 0.25});
  Update directed;
  directed.directions = {dense};
  oracle.move(directed);
  EXPECT_EQ(oracle.theta()[1], 3.5);
}

TEST(FunctionOracle, Float32PointsAreRoundedToFloat) {
  const auto identity = [](std::span<const double> x, std::int64_t) { return x[0]; };
  FunctionOracle oracle(plain_layout(1), identity, {0.1}, Precision::Float32);
  EXPECT_EQ(oracle.base(), static_cast<double>(0.1f));
  const Probe probe = coordinate_probe(0, 1e-3);
  const double expected = static_cast<float>(static_cast<double>(0.1f) + 1e-3);
  EXPECT_EQ(oracle.evaluate({&probe, 1})[0], expected);
}

TEST(FunctionOracle, RefusesAStartOfTheWrongLength) {
  EXPECT_THROW(FunctionOracle(plain_layout(3), rosenbrock, {1.0, 2.0}, Precision::Float64), Error);
}

}  // namespace
}  // namespace zo
