#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "src/base/error.h"
#include "tests/network/network_case.h"

namespace zo::testing {
namespace {

struct Fixture {
  explicit Fixture(OracleConfig config, const std::string& name = "resnet8", std::int64_t rows = 4)
      : network(cifar_network(name)), weights(noisy_weights(network, 5)) {
    oracle = make_reference_oracle(network, weights, drawn_batches(5, rows), config);
    oracle->begin_batch(0);
  }
  Network network;
  Weights weights;
  std::unique_ptr<NetworkOracle> oracle;
};

std::vector<Probe> mixed_probes(std::int64_t dimension) {
  std::vector<Probe> probes;
  for (std::int64_t i = 0; i < 9; ++i) {
    const auto index = i * (dimension / 9);
    probes.push_back(coordinate_probe(index, 0.01));
    probes.push_back(pair_probe({index, -0.02}, {dimension - 1 - index, 0.03}));
    probes.push_back(drawn_direction(1e-3, static_cast<std::uint64_t>(i)));
  }
  return probes;
}

TEST(ReferenceOracle, LossesDependNeitherOnThreadsNorOnOrderNorOnGrouping) {
  Fixture one({.threads = 1});
  const auto probes = mixed_probes(one.oracle->dimension());
  const auto losses = one.oracle->evaluate(probes);
  for (const int threads : {2, 3}) {
    Fixture many({.threads = threads});
    EXPECT_EQ(many.oracle->base(), one.oracle->base()) << threads;
    EXPECT_EQ(many.oracle->evaluate(probes), losses) << threads;
    std::vector<Probe> reversed(probes.rbegin(), probes.rend());
    auto backwards = many.oracle->evaluate(reversed);
    std::reverse(backwards.begin(), backwards.end());
    EXPECT_EQ(backwards, losses) << threads;
    for (std::size_t i = 0; i < probes.size(); i += 5) {
      EXPECT_EQ(many.oracle->evaluate({&probes[i], 1}).front(), losses[i]) << i;
    }
  }
}

class EveryPrecision : public ::testing::TestWithParam<Precision> {};

TEST_P(EveryPrecision, ThetaKeepsEveryBitThroughBaseAndEvaluate) {
  Fixture f({.precision = GetParam(), .threads = 2});
  const auto before = f.oracle->theta();
  EXPECT_EQ(before, f.weights.theta);
  const auto base = f.oracle->base();
  f.oracle->evaluate(mixed_probes(f.oracle->dimension()));
  EXPECT_EQ(f.oracle->theta(), before);
  // The workers' copies are restored too: a probe that moves nothing is the base point.
  for (int worker = 0; worker < 4; ++worker) {
    const std::vector<Probe> still(4, coordinate_probe(17, 0.0));
    EXPECT_EQ(f.oracle->evaluate(still), std::vector<double>(4, base));
  }
}

TEST_P(EveryPrecision, MoveSumsItsPartsInDoubleAndRoundsOnce) {
  Fixture f({.precision = GetParam()});
  const auto d = f.oracle->dimension();
  const auto before = f.oracle->theta();
  Update update;
  update.edits = {{3, 0.25}, {d - 1, -0.5}};
  update.dense.assign(d, 1e-9);
  update.directions = {drawn_direction(0.125, 8, Law::Rademacher)};
  f.oracle->move(update);
  const auto after = f.oracle->theta();
  for (std::int64_t i = 0; i < d; ++i) {
    const double edit = i == 3 ? 0.25 : i == d - 1 ? -0.5 : 0.0;
    const double change = 1e-9 + edit + 0.125 * direction_entry(update.directions[0], i);
    ASSERT_EQ(after[i], f.oracle->stored(before[i] + change)) << i;
  }
  const std::vector<std::int64_t> asked{3, d - 1, 0};
  EXPECT_EQ(f.oracle->values(asked), (std::vector<double>{after[3], after[d - 1], after[0]}));
}

TEST_P(EveryPrecision, ProbeEqualsBaseAfterTheSameMove) {
  Fixture f({.precision = GetParam()});
  const Edit a{40, 0.01}, b{70000, -0.02};
  const Probe probe = pair_probe(a, b);
  const double loss = f.oracle->evaluate({&probe, 1}).front();
  const DenseProbe dense = drawn_direction(1e-3, 6);
  const Probe far = dense;
  f.oracle->move({.edits = {a, b}, .dense = {}, .directions = {}});
  EXPECT_EQ(f.oracle->base(), loss);
  const double far_loss = f.oracle->evaluate({&far, 1}).front();
  f.oracle->move({.edits = {}, .dense = {}, .directions = {dense}});
  EXPECT_EQ(f.oracle->base(), far_loss);
}

INSTANTIATE_TEST_SUITE_P(ReferenceOracle,
                         EveryPrecision,
                         ::testing::Values(Precision::Float32, Precision::Float64),
                         [](const auto& test) {
                           return test.param == Precision::Float32 ? "Float32" : "Float64";
                         });

TEST(ReferenceOracle, GradientIsTheLimitOfCentralDifferences) {
  for (const auto bn : {BnMode::Batch, BnMode::Running}) {
    Fixture f({.precision = Precision::Float64, .bn = bn}, "cnn");
    const auto gradient = f.oracle->gradient();
    const double h = 1e-5;
    for (const Segment& segment : f.network.layout.segments) {
      const std::int64_t index = segment.offset + segment.size / 2;
      const std::vector<Probe> ends{coordinate_probe(index, h), coordinate_probe(index, -h)};
      const auto losses = f.oracle->evaluate(ends);
      // Truncation is h²·f'''/6 and rounding 1e-15/h: both near 1e-10 where the third derivative is
      // of order one.
      EXPECT_NEAR((losses[0] - losses[1]) / (2.0 * h), gradient[index], 2e-8) << segment.name;
    }
  }
}

TEST(ReferenceOracle, GradientIsExactForTheMlp) {
  Fixture f({.precision = Precision::Float64}, "mlp");
  const auto gradient = f.oracle->gradient();
  // Along the gradient itself: the derivative is its squared norm.
  const double squared =
      std::inner_product(gradient.begin(), gradient.end(), gradient.begin(), 0.0);
  const std::vector<Probe> ends{explicit_direction(1e-7, gradient),
                                explicit_direction(-1e-7, gradient)};
  const auto losses = f.oracle->evaluate(ends);
  EXPECT_NEAR((losses[0] - losses[1]) / 2e-7, squared, 1e-6 * squared);
}

TEST(ReferenceOracle, LedgerCountsEveryLossOnce) {
  Fixture f({.threads = 2}, "mlp");
  auto& oracle = *f.oracle;
  oracle.base();
  oracle.base();
  EXPECT_EQ(oracle.ledger().base, 1);
  oracle.evaluate(mixed_probes(oracle.dimension()));
  EXPECT_EQ(oracle.ledger().probe, 27);
  EXPECT_EQ(oracle.ledger().queries(), 28);
  oracle.gradient();
  EXPECT_EQ(oracle.ledger().queries(), 28);
  oracle.begin_batch(1);
  oracle.base();
  oracle.move({});
  oracle.base();
  EXPECT_EQ(oracle.ledger().base, 3);
  EXPECT_EQ(oracle.ledger().non_finite, 0);
}

TEST(ReferenceOracle, NonFiniteLossesAreReturnedAndCounted) {
  Fixture f({}, "mlp");
  const std::vector<Probe> probes{coordinate_probe(0, std::numeric_limits<double>::quiet_NaN()),
                                  coordinate_probe(0, 0.01)};
  const auto losses = f.oracle->evaluate(probes);
  EXPECT_FALSE(std::isfinite(losses[0]));
  EXPECT_TRUE(std::isfinite(losses[1]));
  EXPECT_EQ(f.oracle->ledger().non_finite, 1);
}

TEST(ReferenceOracle, BatchesDecideTheLossAndReturningRestoresIt) {
  Fixture f({});
  const double first = f.oracle->base();
  f.oracle->begin_batch(1);
  EXPECT_NE(f.oracle->base(), first);
  f.oracle->begin_batch(0);
  EXPECT_EQ(f.oracle->base(), first);
}

TEST(ReferenceOracle, ProbesAndBasesLeaveRunningStatisticsAloneUntilTheMove) {
  Fixture f({}, "cnn");
  f.oracle->base();
  f.oracle->evaluate(mixed_probes(f.oracle->dimension()));
  EXPECT_EQ(f.oracle->weights().norms, f.weights.norms);
  EXPECT_EQ(f.oracle->weights().batches_tracked, 0);
  f.oracle->move({});
  EXPECT_EQ(f.oracle->weights().batches_tracked, 1);
  const auto folded = f.oracle->weights().norms;
  EXPECT_NE(folded, f.weights.norms);
  // No base was asked for at the new point, so leaving it folds nothing.
  f.oracle->evaluate(mixed_probes(f.oracle->dimension()));
  f.oracle->move({});
  EXPECT_EQ(f.oracle->weights().norms, folded);
  EXPECT_EQ(f.oracle->weights().batches_tracked, 1);
}

TEST(ReferenceOracle, EvaluationModeNeverMovesRunningStatistics) {
  Fixture f({.bn = BnMode::Running}, "cnn");
  f.oracle->base();
  f.oracle->move({});
  EXPECT_EQ(f.oracle->weights().norms, f.weights.norms);
}

TEST(ReferenceOracle, ForeignWeightsAreRefused) {
  const auto weights = initial_weights(cifar_network("mlp"), 1);
  EXPECT_THROW(make_reference_oracle(cifar_network("cnn"), weights, drawn_batches(1, 2), {}),
               Error);
}

}  // namespace
}  // namespace zo::testing
