#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "src/delta/oracle.h"
#include "src/delta/stacked/oracle.h"
#include "tests/delta/probe_draw.h"

namespace zo {
namespace {

using testing::cifar_network;
using testing::drawn_batches;
using testing::kRows;
using testing::settled_weights;

using Make = std::unique_ptr<NetworkOracle> (*)(Network, const Weights&, OracleConfig);

std::unique_ptr<NetworkOracle> make_cpu(Network network, const Weights& weights, OracleConfig c) {
  return make_delta_oracle(std::move(network), weights, drawn_batches(1, kRows), c);
}
std::unique_ptr<NetworkOracle> make_stacked(Network network,
                                            const Weights& weights,
                                            OracleConfig c) {
  return make_stacked_oracle(
      std::move(network), weights, drawn_batches(1, kRows), c, cpu_stacked_tables());
}

/// Edits from 1e-6 to 1e6, of both signs, in front of BatchNorm that follows the batch.
class LargeEditsOf : public ::testing::TestWithParam<Make> {
 protected:
  LargeEditsOf() { use("cnn"); }
  void use(const std::string& name) {
    network = cifar_network(name);
    weights = settled_weights(network);
  }

  std::vector<double> losses(const std::vector<Probe>& probes, Precision precision) const {
    const OracleConfig config{.precision = precision, .bn = BnMode::Batch, .threads = 2};
    auto oracle = GetParam()(network, weights, config);
    oracle->begin_batch(3);
    oracle->base();
    return oracle->evaluate(probes);
  }
  std::vector<double> reference(const std::vector<Probe>& probes) const {
    auto oracle =
        make_reference_oracle(network,
                              weights,
                              drawn_batches(1, kRows),
                              {.precision = Precision::Float64, .bn = BnMode::Batch, .threads = 2});
    oracle->begin_batch(3);
    return oracle->evaluate(probes);
  }
  std::int64_t at(const std::string& segment, std::int64_t entry) const {
    for (const Segment& s : network.layout.segments) {
      if (s.name == segment) return s.offset + entry;
    }
    throw std::runtime_error("no segment " + segment);
  }
  static Probe probe_of(const std::vector<Edit>& edits) { return SparseProbe(edits); }
  static std::vector<double> sizes() {
    std::vector<double> sizes;
    for (int power = -6; power <= 6; ++power) {
      // Not powers of two, so that sums of a constant round.
      sizes.push_back(1.2345678 * std::pow(10.0, power));
      sizes.push_back(-sizes.back());
    }
    return sizes;
  }

  Network network;
  Weights weights;
};

TEST_P(LargeEditsOf, ABiasChangesNothingHoweverLargeItIs) {
  // The truth is exact: BatchNorm takes the mean out, so an edit of a bias leaves the losses as
  // they are without it. A bias at the entry moves every element alike. One behind it is added to
  // changes of its channel, whose digits below u·|edit| are lost; the loss moves by no more than
  // that over the least deviation of a channel, which is above 0.1 for these weights.
  const Edit before{at("conv1.weight", 5), 0.03};
  const auto alone = reference({coordinate_probe(at("conv1.weight", 0), 0.0), probe_of({before})});
  std::vector<Probe> entry, behind;
  for (const double size : sizes()) {
    entry.push_back(coordinate_probe(at("conv1.bias", 0), size));
    behind.push_back(probe_of({before, {at("conv2.bias", 1), size}}));
  }
  for (const auto& [precision, rounding] :
       {std::pair{Precision::Float64, 0x1p-53}, std::pair{Precision::Float32, 0x1p-24}}) {
    const double exact = precision == Precision::Float64 ? 1e-12 : 1e-6;
    const auto entered = losses(entry, precision), followed = losses(behind, precision);
    for (std::size_t i = 0; i < entry.size(); ++i) {
      EXPECT_NEAR(entered[i], alone[0], exact) << sizes()[i];
      EXPECT_NEAR(followed[i], alone[1], exact + 10 * rounding * std::abs(sizes()[i]))
          << sizes()[i];
    }
  }
}

TEST_P(LargeEditsOf, WeightsScalesAndShiftsInFrontOfBatchNormGiveTheReferenceLoss) {
  std::vector<Probe> probes;
  std::vector<std::string> names;
  // Biases have an exact truth above; here the reference itself loses u·|edit| to rounding.
  for (const char* name : {"conv1.weight", "bn1.weight", "bn1.bias", "conv2.weight"}) {
    for (const double size : sizes()) {
      probes.push_back(coordinate_probe(at(name, 1), size));
      names.push_back(fmt::format("{} {}", name, size));
    }
  }
  const auto truth = reference(probes), got = losses(probes, Precision::Float64);
  for (std::size_t i = 0; i < probes.size(); ++i) EXPECT_NEAR(got[i], truth[i], 1e-11) << names[i];
}

TEST_P(LargeEditsOf, AShiftThatTheLastConvolutionPassesOnAsAConstantKeepsItsDigits) {
  // A filter with its middle alone turns a shift in front of it into one constant of all its outputs,
  // which BatchNorm takes out: of the change nothing is left but what rounding makes of it.
  use("resnet8");
  for (int out = 0; out < 64; ++out) {
    for (int tap = 0; tap < 9; ++tap) {
      if (tap != 4) weights.theta[at("layer3.0.conv2.weight", (out * 64 + 3) * 9 + tap)] = 0.0;
    }
  }
  std::vector<Probe> probes;
  std::vector<double> shifts;
  for (const double size : {40.0, 3e2, 2e3, 1e5, 1e6}) {
    probes.push_back(coordinate_probe(at("layer3.0.bn1.bias", 3), 1.2345678 * size));
    shifts.push_back(1.2345678 * size);
  }
  const auto truth = reference(probes);
  for (const auto& [precision, rounding] :
       {std::pair{Precision::Float64, 0x1p-53}, std::pair{Precision::Float32, 0x1p-24}}) {
    const double exact = precision == Precision::Float64 ? 1e-11 : 1e-6;
    const auto got = losses(probes, precision);
    for (std::size_t i = 0; i < probes.size(); ++i) {
      EXPECT_NEAR(got[i], truth[i], exact + 10 * rounding * shifts[i]) << shifts[i];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(BothEngines,
                         LargeEditsOf,
                         ::testing::Values(&make_cpu, &make_stacked),
                         [](const auto& info) {
                           return info.index == 0 ? std::string("cpu") : std::string("stacked");
                         });

}  // namespace
}  // namespace zo
