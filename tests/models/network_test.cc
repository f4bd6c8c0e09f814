#include "models/network.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "models/registry.h"
#include "src/base/error.h"

namespace zo {
namespace {

constexpr Shape kCifar{3, 32, 32};

std::map<Role, std::int64_t> sizes_by_role(const Network& network) {
  std::map<Role, std::int64_t> sizes;
  for (const Segment& segment : network.layout.segments) sizes[segment.role] += segment.size;
  return sizes;
}

TEST(Network, ResNet20HasTheParametersOfThePaper) {
  const auto network = make_network("resnet20", kCifar, 10);
  EXPECT_EQ(network.layout.dimension(), 269722);
  auto sizes = sizes_by_role(network);
  EXPECT_EQ(sizes[Role::Convolution], 267696);
  EXPECT_EQ(sizes[Role::Linear], 640);
  EXPECT_EQ(sizes[Role::Bias], 10);
  EXPECT_EQ(sizes[Role::NormScale] + sizes[Role::NormShift], 1376);
  EXPECT_EQ(make_network("resnet20", kCifar, 100).layout.dimension(), 275572);
}

TEST(Network, ResNet8HasOneBlockAStage) {
  EXPECT_EQ(make_network("resnet8", kCifar, 10).layout.dimension(), 75290);
  EXPECT_EQ(make_network("resnet8", kCifar, 100).layout.dimension(), 81140);
}

TEST(Network, CnnAndMlpCountAsTheirFormulas) {
  const int conv1 = 24 * 3 * 9 + 24, conv = 24 * 24 * 9 + 24, norm = 48;
  EXPECT_EQ(make_network("cnn", kCifar, 10).layout.dimension(),
            conv1 + 2 * conv + 3 * norm + 24 * 10 + 10);
  EXPECT_EQ(make_network("mlp", kCifar, 10).layout.dimension(), 3072 * 64 + 64 + 64 * 10 + 10);
}

TEST(Network, ResNetNamesAreTheUsualOnesInOrderOfTheForwardPass) {
  const auto network = make_network("resnet8", kCifar, 10);
  std::vector<std::string> names;
  for (const Segment& segment : network.layout.segments) names.push_back(segment.name);
  std::vector<std::string> expected{"conv1.weight", "bn1.weight", "bn1.bias"};
  for (const std::string stage : {"layer1.0", "layer2.0", "layer3.0"}) {
    for (const int half : {1, 2}) {
      expected.push_back(fmt::format("{}.conv{}.weight", stage, half));
      expected.push_back(fmt::format("{}.bn{}.weight", stage, half));
      expected.push_back(fmt::format("{}.bn{}.bias", stage, half));
    }
  }
  expected.insert(expected.end(), {"fc.weight", "fc.bias"});
  EXPECT_EQ(names, expected);
}

TEST(Network, SegmentsAndNormsTileTheirVectorsWithoutGaps) {
  for (const auto& name : network_names()) {
    const auto network = make_network(name, kCifar, 10);
    std::int64_t offset = 0;
    for (const Segment& segment : network.layout.segments) {
      EXPECT_EQ(segment.offset, offset) << name << " " << segment.name;
      offset += segment.size;
    }
    EXPECT_EQ(offset, network.layout.dimension());
    offset = 0;
    for (const Norm& norm : network.norms) {
      EXPECT_EQ(norm.offset, offset) << name << " " << norm.name;
      offset += std::int64_t{2} * norm.channels;
    }
    EXPECT_EQ(offset, network.norm_size());
  }
}

TEST(Network, ShapesFollowFromOperationToOperation) {
  for (const auto& name : network_names()) {
    const auto network = make_network(name, kCifar, 10);
    Shape shape = network.input;
    for (const Op& op : network.ops) {
      EXPECT_EQ(op.in, shape) << name << " " << op.name;
      shape = op.out;
      if (op.kind == OpKind::Residual) {
        const Shape skip = network.ops[op.skip].out;
        EXPECT_EQ((skip.height + op.stride - 1) / op.stride, op.in.height) << op.name;
        EXPECT_EQ((op.in.channels - skip.channels) % 2, 0) << op.name;
      }
    }
    EXPECT_EQ(shape, (Shape{10, 1, 1})) << name;
  }
}

TEST(Network, ResNetStagesHaveWidths16To64AndHalveTheSide) {
  const auto network = make_network("resnet20", kCifar, 10);
  std::vector<Shape> blocks;
  for (const Op& op : network.ops) {
    if (op.kind == OpKind::Residual) blocks.push_back(op.out);
  }
  const Shape first{16, 32, 32}, second{32, 16, 16}, third{64, 8, 8};
  EXPECT_EQ(blocks,
            (std::vector<Shape>{first, first, first, second, second, second, third, third, third}));
}

TEST(Network, MultiplyAddsOfTheResNetsAreTheKnownTotals) {
  const auto total = [](const std::string& name) {
    std::int64_t sum = 0;
    for (const Op& op : make_network(name, kCifar, 10).ops) sum += multiply_adds(op);
    return sum;
  };
  // Per stage pixels · 9 · (sum of in·out over its convolutions), by hand.
  const int stem = 1024 * 9 * 3 * 16, head = 640;
  const int same = 1024 * 9 * 16 * 16;  // equal at all three widths
  EXPECT_EQ(total("resnet8"), stem + 2 * same + (same / 2 + same) * 2 + head);
  EXPECT_EQ(total("resnet20"), stem + 6 * same + (same / 2 + 5 * same) * 2 + head);
}

std::string message_of(const std::string& name, Shape input, int classes) {
  try {
    make_network(name, input, classes);
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return "";
}

TEST(Network, UnknownNameIsRefusedWithTheNearestOne) {
  const auto message = message_of("resnet9", kCifar, 10);
  EXPECT_NE(message.find("resnet9"), std::string::npos);
  EXPECT_NE(message.find("did you mean resnet8?"), std::string::npos) << message;
}

TEST(Network, PicturesTooSmallForThePoolingAreRefused) {
  EXPECT_NE(message_of("cnn", {3, 7, 32}, 10).find("8×8"), std::string::npos);
  EXPECT_EQ(message_of("cnn", {3, 8, 8}, 10), "");
  EXPECT_NE(message_of("resnet8", {0, 32, 32}, 10), "");
  EXPECT_NE(message_of("mlp", kCifar, 1).find("2 classes"), std::string::npos);
}

}  // namespace
}  // namespace zo
