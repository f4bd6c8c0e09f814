#include "src/delta/oracle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "tests/delta/probe_draw.h"

namespace zo {
namespace {

using testing::cifar_network;
using testing::drawn_batches;
using testing::drawn_direction;
using testing::kRows;
using testing::largest_difference;
using testing::ProbeDraw;
using testing::settled_weights;

class DeltaOracleOn : public ::testing::TestWithParam<std::tuple<std::string, BnMode>> {
 protected:
  std::string name() const { return std::get<0>(GetParam()); }
  OracleConfig config(Precision precision, int threads = 2) const {
    return {precision, std::get<1>(GetParam()), threads};
  }
};

TEST_P(DeltaOracleOn, GivesTheReferenceLossesOfSparseProbes) {
  const Network network = cifar_network(name());
  const Weights weights = settled_weights(network);
  const auto probes = ProbeDraw(network.layout, 1).probes(testing::probe_count(200));
  for (const auto& [precision, bound] :
       {std::pair{Precision::Float64, 1e-11}, std::pair{Precision::Float32, 1e-6}}) {
    auto truth =
        make_reference_oracle(network, weights, drawn_batches(1, kRows), config(precision));
    auto delta = make_delta_oracle(network, weights, drawn_batches(1, kRows), config(precision));
    truth->begin_batch(3);
    delta->begin_batch(3);
    EXPECT_NEAR(delta->base(), truth->base(), bound);
    const auto expected = truth->evaluate(probes), losses = delta->evaluate(probes);
    EXPECT_LE(largest_difference(losses, expected), bound);
    // The probes must matter, or the comparison proves nothing.
    EXPECT_GT(largest_difference(losses, std::vector<double>(losses.size(), delta->base())), 1e-3);
  }
}

TEST_P(DeltaOracleOn, FollowsTheReferenceThroughMovesAndDenseProbes) {
  const Network network = cifar_network(name());
  const Weights weights = settled_weights(network);
  auto truth =
      make_reference_oracle(network, weights, drawn_batches(1, kRows), config(Precision::Float64));
  auto delta =
      make_delta_oracle(network, weights, drawn_batches(1, kRows), config(Precision::Float64));
  ProbeDraw draw(network.layout, 2);
  for (int step = 0; step < 3; ++step) {
    auto probes = draw.probes(8);
    probes.push_back(drawn_direction(1e-3, 5 + step));
    Update update{.edits = {draw.edit()}, .dense = {}, .directions = {drawn_direction(1e-3, step)}};
    for (auto* oracle : {truth.get(), delta.get()}) oracle->begin_batch(step);
    EXPECT_NEAR(delta->base(), truth->base(), 1e-11);
    EXPECT_LE(largest_difference(delta->evaluate(probes), truth->evaluate(probes)), 1e-11);
    for (auto* oracle : {truth.get(), delta.get()}) oracle->move(update);
    EXPECT_EQ(delta->theta(), truth->theta());
    EXPECT_LE(largest_difference(delta->weights().norms, truth->weights().norms), 1e-12);
    EXPECT_EQ(delta->weights().batches_tracked, truth->weights().batches_tracked);
  }
  EXPECT_EQ(delta->ledger().base, 3);
  EXPECT_EQ(delta->ledger().probe, 27);
}

TEST_P(DeltaOracleOn, ADenseProbeOfNoLengthGivesTheBaseLossToTheLastBit) {
  const Network network = cifar_network(name());
  auto oracle = make_delta_oracle(
      network, settled_weights(network), drawn_batches(1, kRows), config(Precision::Float32));
  oracle->begin_batch(0);
  const std::vector<Probe> still{drawn_direction(0.0, 1), drawn_direction(0.0, 2)};
  EXPECT_EQ(oracle->evaluate(still), std::vector<double>(2, oracle->base()));
}

TEST_P(DeltaOracleOn, LossesAreBitEqualForAnyThreadsOrderAndGrouping) {
  const Network network = cifar_network(name());
  const Weights weights = settled_weights(network);
  const auto probes = ProbeDraw(network.layout, 3).probes(40);
  const auto oracle = [&](int threads) {
    auto made = make_delta_oracle(
        network, weights, drawn_batches(1, kRows), config(Precision::Float32, threads));
    made->begin_batch(0);
    return made;
  };
  const auto one = oracle(1)->evaluate(probes);
  EXPECT_EQ(oracle(2)->evaluate(probes), one);
  EXPECT_EQ(oracle(3)->evaluate(probes), one);
  auto reversed = probes;
  std::reverse(reversed.begin(), reversed.end());
  auto backwards = oracle(2)->evaluate(reversed);
  std::reverse(backwards.begin(), backwards.end());
  EXPECT_EQ(backwards, one);
  auto single = oracle(1);
  std::vector<double> apart;
  for (const Probe& probe : probes) apart.push_back(single->evaluate({&probe, 1})[0]);
  EXPECT_EQ(apart, one);
}

TEST_P(DeltaOracleOn, DifferencesKeepTheirLeadingDigitsInFloat32AndBf16) {
  // Forward passes in float32 lose the difference of two losses to the rounding of each; carried
  // differences do not. bf16 has 8 bits, and the error of a loss is a mean over many roundings.
  const Network network = cifar_network(name());
  const Weights weights = settled_weights(network);
  const auto probes = ProbeDraw(network.layout, 4).small_probes(100);
  const auto differences = [&](OracleConfig config) {
    auto oracle = make_delta_oracle(network, weights, drawn_batches(1, kRows), config);
    oracle->begin_batch(0);
    auto losses = oracle->evaluate(probes);
    for (double& loss : losses) loss -= oracle->base();
    return losses;
  };
  const auto truth = differences(config(Precision::Float64));
  const auto error = [&](const std::vector<double>& values) {
    double difference = 0.0, norm = 0.0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      difference += (values[i] - truth[i]) * (values[i] - truth[i]);
      norm += truth[i] * truth[i];
    }
    return std::sqrt(difference / norm);
  };
  auto bf16 = config(Precision::Float32);
  bf16.differences = Differences::Bf16;
  RecordProperty("float32", std::to_string(error(differences(config(Precision::Float32)))));
  RecordProperty("bf16", std::to_string(error(differences(bf16))));
  EXPECT_LE(error(differences(config(Precision::Float32))), 1e-4);
  EXPECT_LE(error(differences(bf16)), 0.005);
}

INSTANTIATE_TEST_SUITE_P(Networks,
                         DeltaOracleOn,
                         ::testing::Combine(::testing::Values("resnet8", "resnet20", "cnn", "mlp"),
                                            ::testing::Values(BnMode::Batch, BnMode::Running)),
                         [](const auto& info) {
                           return std::get<0>(info.param) +
                                  (std::get<1>(info.param) == BnMode::Batch ? "Batch" : "Running");
                         });

}  // namespace
}  // namespace zo
