#include "src/delta/stacked/oracle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "models/builder.h"
#include "src/base/error.h"
#include "src/delta/plan.h"
#include "src/network/cuda_device.h"
#include "tests/delta/probe_draw.h"

namespace zo {
namespace {

using testing::cifar_network;
using testing::drawn_batches;
using testing::drawn_direction;
using testing::explicit_direction;
using testing::largest_difference;
using testing::ProbeDraw;
using testing::settled_weights;

constexpr std::int64_t kRows = 7;
// Two places in a wave that enters at the first stage of a ResNet, more behind: waves are cut,
// filled and left with empty places.
constexpr std::int64_t kBytes = 2 * kRows * 16 * 1024 * 4;

/// What no network of the registry has: a shortcut from behind a pooling, and a linear layer behind
/// pixels.
Network pooled_network() {
  NetworkBuilder net("pooled", {3, 32, 32}, 10);
  net.conv3x3("conv0", 5, 2, true);
  net.relu("relu0");
  net.conv3x3("conv1", 4, 1, true);
  net.batch_norm("bn1");
  net.relu("relu1");
  const int source = net.max_pool2("pool1");
  net.conv3x3("conv2", 6, 1, false);
  net.relu("relu2");
  net.conv3x3("conv3", 4, 1, true);
  net.residual("add", source, 1);
  net.relu("relu3");
  net.max_pool2("pool2");
  net.flatten("flatten");
  net.linear("fc1", 12);
  net.relu("relu4");
  net.linear("fc2", 10);
  return net.take();
}

using Case = std::tuple<std::string, BnMode, Device>;

class StackedOracleOn : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const std::string& problem = cuda_problem();  // before LibTorch's first operation
    if (std::get<2>(GetParam()) == Device::Cuda && !problem.empty()) {
      GTEST_SKIP() << "no CUDA device: " << problem;
    }
    const std::string& name = std::get<0>(GetParam());
    network = name == "pooled" ? pooled_network() : cifar_network(name);
    weights = settled_weights(network);
  }
  OracleConfig config(Precision precision) const {
    return {.precision = precision,
            .bn = std::get<1>(GetParam()),
            .threads = 2,
            .device = std::get<2>(GetParam())};
  }
  std::unique_ptr<NetworkOracle> stacked(const OracleConfig& config, std::int64_t batch) const {
    auto oracle = make_stacked_oracle(network, weights, drawn_batches(1, kRows), config, kBytes);
    oracle->begin_batch(batch);
    return oracle;
  }
  /// The plain truth, on the CPU whatever the device.
  std::unique_ptr<NetworkOracle> truth(OracleConfig config, std::int64_t batch) const {
    config.device = Device::Cpu;
    auto oracle = make_reference_oracle(network, weights, drawn_batches(1, kRows), config);
    oracle->begin_batch(batch);
    return oracle;
  }

  Network network;
  Weights weights;
};

TEST_P(StackedOracleOn, GivesTheReferenceLossesOfSparseProbes) {
  const auto probes = ProbeDraw(network.layout, 1).probes(testing::probe_count(60));
  for (const auto& [precision, bound] :
       {std::pair{Precision::Float64, 1e-11}, std::pair{Precision::Float32, 1e-6}}) {
    const auto reference = truth(config(precision), 3), oracle = stacked(config(precision), 3);
    EXPECT_NEAR(oracle->base(), reference->base(), bound);
    const auto losses = oracle->evaluate(probes);
    EXPECT_LE(largest_difference(losses, reference->evaluate(probes)), bound);
    // The probes must matter, or the comparison proves nothing.
    EXPECT_GT(largest_difference(losses, std::vector<double>(losses.size(), oracle->base())), 1e-3);
  }
}

TEST_P(StackedOracleOn, EditsReadWhatEarlierEditsOfTheirProbeChanged) {
  const DeltaPlan plan = make_delta_plan(network);
  const int count = static_cast<int>(plan.units.size());
  // Weight `tap` from channel `in` of unit u to `out`, changed.
  const auto edit = [&](int u, int out, int in, int tap) {
    const DeltaUnit& unit = plan.units[u];
    const std::int64_t pair = std::int64_t{out} * unit.in.channels + in;
    return Edit{network.layout.segments[unit.weight].offset + pair * unit.taps() + tap, 0.05};
  };
  std::vector<Probe> probes;
  for (int u = 0; u + 1 < count; ++u) {
    for (const int channel : {0, 2}) {
      std::vector<Edit> edits;
      for (int k = 0; k < 3; ++k) {  // more than one, as a ReLU may hide what some of them change
        edits.push_back(edit(u, channel, k, plan.units[u].taps() / 2));
        edits.push_back(edit(u + 1, 1 + k, channel, plan.units[u + 1].taps() - 1));
        if (k < 2 && u + 2 < count)
          edits.push_back(edit(u + 2, k, 1 + k, plan.units[u + 2].taps() - 1));
      }
      probes.emplace_back(SparseProbe(edits));
    }
  }
  const auto exact = config(Precision::Float64);
  EXPECT_LE(
      largest_difference(stacked(exact, 0)->evaluate(probes), truth(exact, 0)->evaluate(probes)),
      1e-11);
}

TEST_P(StackedOracleOn, EveryBatchHasItsOwnBaseLossAndProbesAroundIt) {
  const auto exact = config(Precision::Float64);
  const auto reference = truth(exact, 0), oracle = stacked(exact, 0);
  const auto probe = coordinate_probe(0, 0.01);
  for (const std::int64_t batch : {0, 1, 0}) {
    for (auto* each : {reference.get(), oracle.get()}) each->begin_batch(batch);
    EXPECT_NEAR(oracle->base(), reference->base(), 1e-11);
    EXPECT_NEAR(oracle->evaluate({&probe, 1})[0], reference->evaluate({&probe, 1})[0], 1e-11);
  }
}

TEST_P(StackedOracleOn, FollowsTheReferenceThroughMovesAndDenseProbes) {
  const auto reference = truth(config(Precision::Float64), 0);
  const auto oracle = stacked(config(Precision::Float64), 0);
  ProbeDraw draw(network.layout, 2);
  auto weighted = drawn_direction(1e-3, 9, Law::Rademacher);
  weighted.weights = std::make_shared<const std::vector<double>>(weights.theta);
  for (int step = 0; step < 3; ++step) {
    auto probes = draw.probes(8);
    probes.emplace_back(drawn_direction(1e-3, 5 + step));
    probes.emplace_back(weighted);
    probes.emplace_back(explicit_direction(-1e-3, weights.theta));
    const Update update{
        .edits = {draw.edit()}, .dense = {}, .directions = {drawn_direction(1e-3, step)}};
    for (auto* each : {reference.get(), oracle.get()}) each->begin_batch(step);
    EXPECT_NEAR(oracle->base(), reference->base(), 1e-11);
    const auto before = oracle->theta();
    EXPECT_LE(largest_difference(oracle->evaluate(probes), reference->evaluate(probes)), 1e-11);
    EXPECT_EQ(oracle->theta(), before);
    for (auto* each : {reference.get(), oracle.get()}) each->move(update);
    EXPECT_EQ(oracle->theta(), reference->theta());
    EXPECT_LE(largest_difference(oracle->weights().norms, reference->weights().norms), 1e-12);
    EXPECT_EQ(oracle->weights().batches_tracked, reference->weights().batches_tracked);
  }
  EXPECT_EQ(oracle->ledger().base, 3);
  EXPECT_EQ(oracle->ledger().probe, 33);
}

TEST_P(StackedOracleOn, ADenseProbeOfNoLengthGivesTheBaseLossToTheLastBit) {
  const auto oracle = stacked(config(Precision::Float32), 0);
  const std::vector<Probe> still{drawn_direction(0.0, 1), drawn_direction(0.0, 2)};
  EXPECT_EQ(oracle->evaluate(still), std::vector<double>(2, oracle->base()));
}

TEST_P(StackedOracleOn, LossesAreBitEqualForAnyOrderAndGrouping) {
  const auto oracle = stacked(config(Precision::Float32), 0);
  const auto probes = ProbeDraw(network.layout, 3).probes(24);
  const auto together = oracle->evaluate(probes);
  auto reversed = probes;
  std::reverse(reversed.begin(), reversed.end());
  auto backwards = oracle->evaluate(reversed);
  std::reverse(backwards.begin(), backwards.end());
  EXPECT_EQ(backwards, together);
  std::vector<double> apart;
  for (std::size_t first = 0; first < probes.size(); first += 5) {
    const auto some = oracle->evaluate({&probes[first], std::min<std::size_t>(5, 24 - first)});
    apart.insert(apart.end(), some.begin(), some.end());
  }
  EXPECT_EQ(apart, together);
}

TEST_P(StackedOracleOn, DifferencesKeepTheirLeadingDigitsInFloat32AndBf16) {
  const auto probes = ProbeDraw(network.layout, 4).small_probes(40);
  const auto differences = [&](NetworkOracle& oracle) {
    auto losses = oracle.evaluate(probes);
    for (double& loss : losses) loss -= oracle.base();
    return losses;
  };
  const auto exact = differences(*truth(config(Precision::Float64), 0));
  const auto error = [&](const OracleConfig& config) {
    const auto values = differences(*stacked(config, 0));
    double difference = 0.0, norm = 0.0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      difference += (values[i] - exact[i]) * (values[i] - exact[i]);
      norm += exact[i] * exact[i];
    }
    return std::sqrt(difference / norm);
  };
  auto bf16 = config(Precision::Float32);
  bf16.differences = Differences::Bf16;
  const double error32 = error(config(Precision::Float32)), error16 = error(bf16);
  RecordProperty("float32", std::to_string(error32));
  RecordProperty("bf16", std::to_string(error16));
  // Every layer rounds its weights, the change in front of and the one behind its activation, each
  // by at most u = 2^-9 for bf16 and 2^-24 for float32, hence by u/√3 in the mean square.
  // Independent errors add up in squares; float32 sums hundreds of products a value on top.
  const auto layers = std::count_if(network.ops.begin(), network.ops.end(), [](const Op& op) {
    return op.kind == OpKind::Conv3x3 || op.kind == OpKind::Linear;
  });
  const double roundings = std::sqrt(3.0 * static_cast<double>(layers));
  EXPECT_LE(error32, 1e-4);
  EXPECT_LE(error16, roundings * std::ldexp(1.0, -9) / std::sqrt(3.0));
  EXPECT_GT(error16, error32);
}

TEST_P(StackedOracleOn, NonFiniteProbesGiveNonFiniteLossesAndSpoilNoOther) {
  const auto oracle = stacked(config(Precision::Float32), 0);
  const auto sound = coordinate_probe(3, 0.01);
  const double expected = oracle->evaluate({&sound, 1})[0];
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<Probe> probes{
      coordinate_probe(2, nan), sound, coordinate_probe(oracle->dimension() - 1, nan)};
  const auto losses = oracle->evaluate(probes);
  EXPECT_FALSE(std::isfinite(losses[0]));
  EXPECT_EQ(losses[1], expected);
  EXPECT_FALSE(std::isfinite(losses[2]));
}

std::string case_name(const ::testing::TestParamInfo<Case>& info) {
  const auto& [name, bn, device] = info.param;
  return name + (bn == BnMode::Batch ? "Batch" : "Running") +
         (device == Device::Cpu ? "OnCpu" : "OnCuda");
}

INSTANTIATE_TEST_SUITE_P(
    Networks,
    StackedOracleOn,
    ::testing::Combine(::testing::Values("resnet8", "resnet20", "cnn", "mlp", "pooled"),
                       ::testing::Values(BnMode::Batch, BnMode::Running),
                       ::testing::Values(Device::Cpu, Device::Cuda)),
    case_name);

TEST(StackedOracle, RefusesBf16DifferencesOfFloat64) {
  const Network network = cifar_network("mlp");
  const OracleConfig config{.precision = Precision::Float64, .differences = Differences::Bf16};
  EXPECT_THROW(
      make_stacked_oracle(network, initial_weights(network, 1), drawn_batches(1, 2), config),
      Error);
}

TEST(StackedOracle, RefusesBatchesWhoseLayersItCannotNumber) {
  const Network network = cifar_network("resnet8");
  const auto many = [](std::int64_t) {
    return Batch{.number = 0, .rows = std::int64_t{1} << 18, .images = {}, .labels = {}};
  };
  const auto oracle = make_stacked_oracle(network, initial_weights(network, 1), many, {});
  try {
    oracle->begin_batch(0);
    FAIL() << "no error";
  } catch (const Error& error) {
    // 2^32 elements over 16 channels of 1024 pixels.
    EXPECT_NE(std::string(error.what()).find("--batch: 262144"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("at most 262143"), std::string::npos);
  }
}

TEST(StackedOracle, SaysWhyThereIsNoCudaDevice) {
  if (cuda_problem().empty()) GTEST_SKIP() << "this machine has a CUDA device";
  const Network network = cifar_network("mlp");
  try {
    make_stacked_oracle(
        network, initial_weights(network, 1), drawn_batches(1, 2), {.device = Device::Cuda});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("--device cuda: no CUDA device (", 0), 0U);
    EXPECT_EQ(error.exit_code(), 2);
  }
}

}  // namespace
}  // namespace zo
