#include "src/delta/cost.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "models/registry.h"
#include "models/weights.h"
#include "src/base/error.h"
#include "src/delta/oracle.h"

namespace zo {
namespace {

class DeltaCost : public ::testing::Test {
 protected:
  Edit edit(const std::string& segment, std::int64_t entry) const {
    return {network_.layout.find(segment)->offset + entry, 0.1};
  }
  std::int64_t cost(const std::vector<Edit>& edits) const {
    return cost_.multiply_adds(SparseProbe(edits));
  }
  Network network_ = make_network("resnet8", {3, 32, 32}, 10);
  DeltaPlan plan_ = make_delta_plan(network_);
  ProbeCost cost_{plan_};
};

constexpr std::int64_t kHead = 640;                     // 64 features, ten classes
constexpr std::int64_t kLastConv = 64 * 64 * 64 * 9;    // 8x8 pixels, 64 channels to 64
constexpr std::int64_t kStrideConv = 64 * 64 * 32 * 9;  // the same pixels from 32 channels

TEST_F(DeltaCost, LastConvolutionCostsItsPixelsAndOneFeature) {
  EXPECT_EQ(cost({edit("layer3.0.conv2.weight", 7)}), 64 + 10);
}

TEST_F(DeltaCost, LayerBehindTheEntryCostsOneInputChannelAndLaterOnesAll) {
  EXPECT_EQ(cost({edit("layer3.0.conv1.weight", 0)}), 64 + kLastConv / 64 + kHead);
  EXPECT_EQ(cost({edit("layer2.0.conv2.weight", 0)}), 256 + kStrideConv / 32 + kLastConv + kHead);
}

TEST_F(DeltaCost, EditsOfTwoChannelsCostTwoAndOfOneChannelOne) {
  const auto first = edit("layer3.0.conv1.weight", 0), same = edit("layer3.0.conv1.weight", 5);
  const auto other = edit("layer3.0.conv1.weight", 32 * 9);
  EXPECT_EQ(cost({first, same}), 2 * 64 + kLastConv / 64 + kHead);
  EXPECT_EQ(cost({first, other}), 2 * 64 + 2 * kLastConv / 64 + kHead);
}

TEST_F(DeltaCost, NormAndBiasEditsNeedNoProductsOfTheirOwn) {
  EXPECT_EQ(cost({edit("layer3.0.bn1.weight", 3)}), kLastConv / 64 + kHead);
  EXPECT_EQ(cost({edit("fc.bias", 3)}), 0);
  EXPECT_EQ(cost({edit("fc.weight", 3)}), 1);
}

TEST_F(DeltaCost, ValuesThatChangeAreAChannelOfTheEntryAndAllBehindIt) {
  const auto values = [&](const std::vector<Edit>& edits) {
    return cost_.values(SparseProbe(edits));
  };
  EXPECT_EQ(values({edit("fc.weight", 3)}), 10);
  EXPECT_EQ(values({edit("layer3.0.conv2.weight", 7)}), 64 + 10);
  EXPECT_EQ(values({edit("layer3.0.conv1.weight", 0)}), 64 + 64 * 64 + 10);
  EXPECT_EQ(values({edit("layer3.0.conv1.weight", 0), edit("layer3.0.conv1.weight", 32 * 9)}),
            2 * 64 + 64 * 64 + 10);
}

TEST_F(DeltaCost, ALaterEditAddsItsPixels) {
  EXPECT_EQ(cost({edit("layer3.0.conv1.weight", 0), edit("layer3.0.conv2.weight", 0)}),
            64 + kLastConv / 64 + 64 + kHead);
  // Its channel is no input of the layer behind the entry.
  EXPECT_EQ(
      cost({edit("layer3.0.conv1.weight", 0), edit("layer3.0.conv2.weight", std::int64_t{9} * 64)}),
      64 + kLastConv / 64 + 64 + kHead);
}

TEST_F(DeltaCost, EffortAddsWhatEveryValueOnTheWayTakesToStoreAndActivate) {
  // A picture's values: 16 maps of 1024 pixels three times, 32 of 256 and 64 of 64 twice, ten scores.
  const std::int64_t pass = 3 * 16 * 1024 + 2 * 32 * 256 + 2 * 64 * 64 + 10;
  const double whole = static_cast<double>(cost_.forward() + 40 * pass);
  const auto expect = [&](const std::vector<Edit>& edits, std::int64_t time) {
    EXPECT_NEAR(cost_.effort(SparseProbe(edits)) * whole, static_cast<double>(time), 1e-6);
  };
  // In front of the mean a value counts a quarter, and products behind the entry are computed twice.
  expect({edit("layer3.0.conv2.weight", 7)}, 64 + 10 + 40 * (64 / 4 + 10));
  expect({edit("layer3.0.bn1.weight", 3)},
         2 * kLastConv / 64 + kHead + 40 * (64 + 64 * 64 / 4 + 10));
  expect({edit("layer2.0.bn2.weight", 3)},
         kStrideConv / 32 + kLastConv + kHead + 40 * (256 + 2 * 64 * 64 + 10));
  expect({edit("fc.bias", 3)}, 40);
  expect({edit("layer3.0.conv1.weight", 0), edit("layer3.0.conv1.weight", 32 * 9)},
         2 * (64 + 2 * kLastConv / 64 + 40 * 64) + kHead + 40 * (64 * 64 / 4 + 10));
}

TEST_F(DeltaCost, MeanOverCoordinatesIsThePublishedShareOfAForwardPass) {
  // architecture.md: 1.00 M for ResNet-8 and 7.3 M for ResNet-20 a probe and picture.
  const auto mean = [](const std::string& name) {
    const DeltaPlan plan = make_delta_plan(make_network(name, {3, 32, 32}, 10));
    const ProbeCost cost(plan);
    double total = 0.0;
    for (const Segment& segment : plan.layout.segments) {
      const Edit edit{segment.offset, 1.0};  // all entries of a segment cost the same
      total += static_cast<double>(segment.size * cost.multiply_adds(SparseProbe({&edit, 1})));
    }
    return total / static_cast<double>(plan.layout.dimension());
  };
  EXPECT_NEAR(mean("resnet8"), 1.00e6, 0.005e6);
  EXPECT_NEAR(mean("resnet20"), 7.3e6, 0.05e6);
}

TEST_F(DeltaCost, AForwardPassIsTheSumOverItsOperations) {
  std::int64_t total = 0;
  for (const Op& op : network_.ops) total += multiply_adds(op);
  EXPECT_EQ(cost_.forward(), total);
  const std::vector<Edit> one{edit("fc.weight", 3)};
  EXPECT_EQ(cost_.share(SparseProbe(one)), 1.0 / static_cast<double>(total));
}

TEST_F(DeltaCost, TheLedgerCountsBaseAndDenseProbesAsOneAndSparseOnesByTheirShare) {
  const auto batch = [](std::int64_t number) {
    return Batch{.number = number,
                 .rows = 2,
                 .images = std::vector<float>(2 * 3072, 0.5F),
                 .labels = {0, 1}};
  };
  const auto oracle = make_delta_oracle(network_, initial_weights(network_, 1), batch, {});
  oracle->begin_batch(0);
  const auto at = [&](const std::string& segment) { return edit(segment, 0).index; };
  oracle->evaluate(std::vector<Probe>{coordinate_probe(at("layer3.0.conv2.weight"), 0.1),
                                      coordinate_probe(at("layer3.0.conv1.weight"), 0.1)});
  const double forward = static_cast<double>(cost_.forward());
  const std::int64_t behind = 64 + kLastConv / 64 + kHead;
  const double sparse = (64 + 10) / forward + static_cast<double>(behind) / forward;
  EXPECT_DOUBLE_EQ(oracle->ledger().forward_equivalents, sparse);
  oracle->base();
  oracle->base();
  oracle->evaluate(std::vector<Probe>{DenseProbe{.scale = 1e-3, .weights = {}, .vector = {}}});
  oracle->count_report(7);
  EXPECT_DOUBLE_EQ(oracle->ledger().forward_equivalents, sparse + 2.0);
}

TEST(DeltaPlan, NetworkThatIsNotMadeOfUnitsIsRefusedByName) {
  Network network = make_network("cnn", {3, 32, 32}, 10);
  std::swap(network.ops[1], network.ops[2]);  // ReLU in front of BatchNorm
  try {
    make_delta_plan(network);
    FAIL() << "took it";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_NE(std::string(error.what()).find(network.ops[2].name), std::string::npos);
  }
}

}  // namespace
}  // namespace zo
