#include "src/delta/oracle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/delta/plan.h"
#include "tests/delta/delta_oracle_on.h"

namespace zo {
namespace {

using testing::cifar_network;
using testing::DeltaOracleOn;
using testing::drawn_batches;
using testing::drawn_direction;
using testing::explicit_direction;
using testing::largest_difference;
using testing::ProbeDraw;

TEST_P(DeltaOracleOn, GivesTheReferenceLossesOfSparseProbes) {
  const auto probes = ProbeDraw(network().layout, 1).probes(case_->count(160));
  const auto reference = truth(3), oracle = delta(3);
  EXPECT_NEAR(oracle->base(), reference->base(), bound_);
  const auto losses = oracle->evaluate(probes);
  EXPECT_LE(largest_difference(losses, reference->evaluate(probes)), bound_);
  // The probes must matter, or the comparison proves nothing.
  EXPECT_GT(largest_difference(losses, std::vector<double>(losses.size(), oracle->base())), 1e-3);
}

TEST_P(DeltaOracleOn, EditsReadWhatEarlierEditsOfTheirProbeChanged) {
  const DeltaPlan plan = make_delta_plan(network());
  const int count = static_cast<int>(plan.units.size());
  // Weight `tap` from channel `in` of unit u to `out`, changed.
  const auto edit = [&](int u, int out, int in, int tap) {
    const DeltaUnit& unit = plan.units[u];
    const std::int64_t pair = std::int64_t{out} * unit.in.channels + in;
    return Edit{network().layout.segments[unit.weight].offset + pair * unit.taps() + tap, 0.05};
  };
  std::vector<Probe> probes;
  for (int u = 0; u + 1 < count; ++u) {
    for (const int channel : {0, 2}) {
      std::vector<Edit> edits;
      for (int k = 0; k < 3; ++k) {  // more than one, as a ReLU may hide what some of them change
        edits.push_back(edit(u, channel, k, plan.units[u].taps() / 2));
        edits.push_back(edit(u + 1, 1 + k, channel, plan.units[u + 1].taps() - 1));
        if (k < 2 && u + 2 < count) {
          edits.push_back(edit(u + 2, k, 1 + k, plan.units[u + 2].taps() - 1));
        }
      }
      probes.emplace_back(SparseProbe(edits));
    }
  }
  EXPECT_LE(largest_difference(delta()->evaluate(probes), truth()->evaluate(probes)), bound_);
}

TEST_P(DeltaOracleOn, EveryBatchHasItsOwnBaseLossAndProbesAroundIt) {
  const auto reference = truth(), oracle = delta();
  const std::vector<Probe> probes{coordinate_probe(0, 0.01), drawn_direction(1e-3, 4)};
  for (const std::int64_t batch : {0, 1, 0}) {
    for (auto* each : {reference.get(), oracle.get()}) each->begin_batch(batch);
    EXPECT_NEAR(oracle->base(), reference->base(), bound_);
    EXPECT_LE(largest_difference(oracle->evaluate(probes), reference->evaluate(probes)), bound_);
  }
}

TEST_P(DeltaOracleOn, FollowsTheReferenceThroughMovesAndDenseProbes) {
  const auto reference = truth(), oracle = delta();
  ProbeDraw draw(network().layout, 2);
  auto weighted = drawn_direction(1e-3, 9, Law::Rademacher);
  const std::vector<double>& start =
      case_->weights.theta;  // not the vector of the explicit one below
  weighted.weights = std::make_shared<const std::vector<double>>(start.rbegin(), start.rend());
  // Statistics are means of pre-activations, and those of float32 sum up to 576 rounded products.
  const double statistics = exact_ ? 1e-12 : 576 * 0x1p-24;
  // The mlp's losses are about 5, and a linear layer of 3072 inputs rounds them in proportion.
  const bool mlp = std::get<std::string>(GetParam()) == "mlp";
  const double bound = mlp && !exact_ ? 5 * bound_ : bound_;
  for (int step = 0; step < 3; ++step) {
    std::vector<Probe> probes = draw.probes(8);
    probes.emplace_back(drawn_direction(1e-3, 5 + step));
    probes.emplace_back(weighted);
    probes.emplace_back(explicit_direction(-1e-3, case_->weights.theta));
    const Update update{
        .edits = {draw.edit()}, .dense = {}, .directions = {drawn_direction(1e-3, step)}};
    for (auto* each : {reference.get(), oracle.get()}) each->begin_batch(step);
    EXPECT_NEAR(oracle->base(), reference->base(), bound);
    const auto before = oracle->theta();
    EXPECT_LE(largest_difference(oracle->evaluate(probes), reference->evaluate(probes)), bound);
    EXPECT_EQ(oracle->theta(), before);
    for (auto* each : {reference.get(), oracle.get()}) each->move(update);
    EXPECT_EQ(oracle->theta(), reference->theta());
    EXPECT_EQ(oracle->values(std::vector<std::int64_t>{7}), std::vector{oracle->theta()[7]});
    EXPECT_LE(largest_difference(oracle->weights().norms, reference->weights().norms), statistics);
    EXPECT_EQ(oracle->weights().batches_tracked, reference->weights().batches_tracked);
    // The same batch at the new point.
    probes.erase(probes.begin() + 4, probes.end());
    EXPECT_LE(largest_difference(oracle->evaluate(probes), reference->evaluate(probes)), bound);
    EXPECT_NEAR(oracle->base(), reference->base(), bound);
  }
  EXPECT_EQ(oracle->ledger().base, 6);
  EXPECT_EQ(oracle->ledger().probe, 45);
}

TEST_P(DeltaOracleOn, ADenseProbeOfNoLengthGivesTheBaseLossToTheLastBit) {
  const auto oracle = delta();
  const std::vector<Probe> still{drawn_direction(0.0, 1), drawn_direction(0.0, 2)};
  EXPECT_EQ(oracle->evaluate(still), std::vector<double>(2, oracle->base()));
}

TEST_P(DeltaOracleOn, LossesAreBitEqualForAnyThreadsOrderAndGrouping) {
  auto probes = ProbeDraw(network().layout, 3).probes(24);
  probes.insert(probes.begin() + 7, drawn_direction(1e-3, 4));  // comes out of its place too
  config_.threads = 1;
  const auto one = delta();
  const auto together = one->evaluate(probes);
  config_.threads = 3;
  const auto three = delta();
  EXPECT_EQ(three->evaluate(probes), together);
  auto reversed = probes;
  std::reverse(reversed.begin(), reversed.end());
  auto backwards = three->evaluate(reversed);
  std::reverse(backwards.begin(), backwards.end());
  EXPECT_EQ(backwards, together);
  std::vector<double> apart;
  for (std::size_t first = 0; first < probes.size(); first += 5) {
    const auto some = one->evaluate({&probes[first], std::min<std::size_t>(5, 25 - first)});
    apart.insert(apart.end(), some.begin(), some.end());
  }
  EXPECT_EQ(apart, together);
}

TEST_P(DeltaOracleOn, LossesAreNonFiniteExactlyWhereTheReferencesAreAndSpoilNoOther) {
  const auto reference = truth(), oracle = delta();
  const auto sound = coordinate_probe(3, 0.01);
  const double expected = oracle->evaluate({&sound, 1})[0];
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<Probe> probes{sound};
  for (const Segment& segment : network().layout.segments) {
    for (const double size : {std::nan(""), kInfinity, -kInfinity}) {
      probes.push_back(coordinate_probe(segment.offset + segment.size / 2, size));
    }
  }
  probes.push_back(sound);
  const auto losses = oracle->evaluate(probes), true_losses = reference->evaluate(probes);
  for (std::size_t i = 0; i < probes.size(); ++i) {
    const Edit& edit = std::get<SparseProbe>(probes[i]).edits()[0];
    const auto what =
        network().layout.segment_of(edit.index).name + " " + std::to_string(edit.delta);
    EXPECT_EQ(std::isfinite(losses[i]), std::isfinite(true_losses[i])) << what;
    if (std::isfinite(true_losses[i])) {
      EXPECT_NEAR(losses[i], true_losses[i], bound_) << what;
    }
  }
  EXPECT_EQ(losses.front(), expected);
  EXPECT_EQ(losses.back(), expected);
  EXPECT_EQ(oracle->ledger().non_finite, reference->ledger().non_finite);
}

TEST_P(DeltaOracleOn, HasTheGradientOfTheReferenceAtThePointAndBatchOfNow) {
  const auto reference = truth(1), oracle = delta(1);
  const Update update{.edits = {{5, 0.25}}, .dense = {}, .directions = {}};
  for (auto* each : {reference.get(), oracle.get()}) each->move(update);
  const auto gradient = oracle->gradient(), expected = reference->gradient();
  EXPECT_LE(largest_difference(gradient, expected), 10 * bound_);
  EXPECT_GT(largest_difference(gradient, std::vector<double>(gradient.size(), 0.0)), 1e-3);
}

INSTANTIATE_TEST_SUITE_P(Engines, DeltaOracleOn, testing::every_engine(), testing::case_name);
INSTANTIATE_TEST_SUITE_P(Emulated, DeltaOracleOn, testing::emulated_engine(), testing::case_name);

/// The message of the error that `call` ends with.
template <class Call>
std::string error_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return "no error";
}

TEST(DeltaOracle, RefusesBf16DifferencesOfFloat64OnEveryEngineByTheNamesOfTheFlags) {
  const Network network = cifar_network("mlp");
  const OracleConfig config{.precision = Precision::Float64, .differences = Differences::Bf16};
  const Weights weights = initial_weights(network, 1);
  const std::string expected =
      "--differences bf16: needs --dtype float32, got float64; drop one of the two";
  EXPECT_EQ(error_of([&] { make_delta_oracle(network, weights, drawn_batches(1, 2), config); }),
            expected);
  EXPECT_EQ(error_of([&] {
              make_stacked_oracle(
                  network, weights, drawn_batches(1, 2), config, cpu_stacked_tables());
            }),
            expected);
}

TEST(DeltaOracle, RefusesBatchesWhoseLayersStackedTensorsCannotNumber) {
  const Network network = cifar_network("resnet8");
  const auto many = [](std::int64_t) {
    return Batch{.number = 0, .rows = std::int64_t{1} << 18, .images = {}, .labels = {}};
  };
  const auto oracle =
      make_stacked_oracle(network, initial_weights(network, 1), many, {}, cpu_stacked_tables());
  const std::string message = error_of([&] { oracle->begin_batch(0); });
  // 2^32 elements over 16 channels of 1024 pixels.
  EXPECT_NE(message.find("--batch: 262144"), std::string::npos) << message;
  EXPECT_NE(message.find("at most 262143"), std::string::npos) << message;
}

TEST(DeltaOracle, SaysWhyThereIsNoCudaDevice) {
  if (cuda_problem().empty()) GTEST_SKIP() << "this machine has a CUDA device";
  const Network network = cifar_network("mlp");
  const Weights weights = initial_weights(network, 1);
  const std::string message = error_of(
      [&] { make_delta_oracle(network, weights, drawn_batches(1, 2), {.device = Device{0}}); });
  EXPECT_EQ(message.rfind("--device cuda: no CUDA device (", 0), 0U) << message;
}

}  // namespace
}  // namespace zo
