#include "models/weights.h"

#include <gtest/gtest.h>

#include <limits>

#include "models/registry.h"
#include "models/safetensors.h"
#include "models/torch_file.h"
#include "src/base/error.h"
#include "tests/models/temporary_folder.h"

namespace zo::testing {
namespace {

Network cnn() { return make_network("cnn", {3, 32, 32}, 10); }

Weights some_weights(const Network& network) {
  Weights weights = initial_weights(network, 4);
  for (std::size_t i = 0; i < weights.norms.size(); ++i) {
    weights.norms[i] = 0.25 * static_cast<double>(i + 1);
  }
  weights.batches_tracked = 7;
  return weights;
}

class WeightFile : public ::testing::TestWithParam<std::string> {
 protected:
  std::string path() const { return folder_ / ("weights" + GetParam()); }
  void write(const TensorFile& file) const {
    GetParam() == ".safetensors" ? write_safetensors(path(), file) : write_torch_file(path(), file);
  }
  TensorFile read() const {
    return GetParam() == ".safetensors" ? read_safetensors(path()) : read_torch_file(path());
  }
  /// Saves good weights, changes the file's tensors, and returns what loading complains about.
  template <class Change>
  std::string refusal(Change change) {
    const auto network = cnn();
    save_weights(path(), network, some_weights(network));
    TensorFile file = read();
    change(file);
    write(file);
    try {
      load_weights(path(), network);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      EXPECT_NE(std::string(error.what()).find(path()), std::string::npos);
      return error.what();
    }
    return "";
  }
  static NamedTensor& tensor(TensorFile& file, const std::string& name) {
    return const_cast<NamedTensor&>(*file.find(name));
  }

  TemporaryFolder folder_;
};

TEST_P(WeightFile, RoundTripKeepsEveryValue) {
  for (const std::string name : {"resnet20", "cnn", "mlp"}) {
    const auto network = make_network(name, {3, 32, 32}, 10);
    auto weights = some_weights(network);
    if (network.norms.empty()) weights.batches_tracked = 0;
    save_weights(path(), network, weights);
    const auto loaded = load_weights(path(), network);
    EXPECT_EQ(loaded.theta, weights.theta) << name;
    EXPECT_EQ(loaded.norms, weights.norms) << name;
    EXPECT_EQ(loaded.batches_tracked, weights.batches_tracked) << name;
  }
}

TEST_P(WeightFile, RunningStatisticsMayBeMissing) {
  const auto network = cnn();
  save_weights(path(), network, some_weights(network));
  TensorFile file = read();
  std::erase_if(file.tensors, [](const NamedTensor& t) {
    return t.name.find("running_") != std::string::npos || t.name.ends_with("num_batches_tracked");
  });
  write(file);
  const auto loaded = load_weights(path(), network);
  EXPECT_EQ(loaded.norms, initial_weights(network, 1).norms);
  EXPECT_EQ(loaded.batches_tracked, 0);
}

TEST_P(WeightFile, MissingTensorIsNamedWithTheNearestThere) {
  const auto message =
      refusal([](TensorFile& file) { tensor(file, "conv1.weight").name = "conv1.weigth"; });
  EXPECT_NE(message.find("lacks tensor conv1.weight"), std::string::npos) << message;
  EXPECT_NE(message.find("nearest name is conv1.weigth"), std::string::npos) << message;
}

TEST_P(WeightFile, ANameLikeItOfAnotherShapeIsNoMisspelling) {
  const auto message = refusal([](TensorFile& file) {
    tensor(file, "fc.weight") =
        NamedTensor::from_f32("fc1.weight", {64, 3072}, std::vector<double>(64 * 3072));
  });
  EXPECT_NE(message.find("lacks tensor fc.weight"), std::string::npos) << message;
  EXPECT_NE(message.find("; choose the --model it was trained with"), std::string::npos) << message;
}

TEST_P(WeightFile, UnexpectedTensorIsNamedWithTheNearestKnown) {
  const auto message = refusal([](TensorFile& file) {
    file.tensors.push_back(
        NamedTensor::from_f32("bn1.running_meam", {24}, std::vector<double>(24)));
  });
  EXPECT_NE(message.find("bn1.running_meam"), std::string::npos) << message;
  EXPECT_NE(message.find("nearest name is bn1.running_mean"), std::string::npos) << message;
}

TEST_P(WeightFile, WrongShapeAndTypeAreNamed) {
  EXPECT_NE(refusal([](TensorFile& file) {
              tensor(file, "fc.weight") =
                  NamedTensor::from_f32("fc.weight", {100, 24}, std::vector<double>(2400));
            }).find("fc.weight has shape [100, 24], cnn needs [10, 24]"),
            std::string::npos);
  EXPECT_NE(refusal([](TensorFile& file) {
              tensor(file, "fc.bias") =
                  NamedTensor::from_i64("fc.bias", std::vector<std::int64_t>(10));
            }).find("fc.bias holds integers"),
            std::string::npos);
  EXPECT_NE(refusal([](TensorFile& file) {
              tensor(file, "bn2.num_batches_tracked") =
                  NamedTensor::from_i64("bn2.num_batches_tracked", {-3});
            }).find("bn2.num_batches_tracked"),
            std::string::npos);
}

TEST_P(WeightFile, NonFiniteValuesAreNamedWithTheirIndex) {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
    const auto message = refusal([&](TensorFile& file) {
      std::vector<double> values(10, 0.5);
      values[3] = bad;
      tensor(file, "fc.bias") = NamedTensor::from_f32("fc.bias", {10}, values);
    });
    EXPECT_NE(message.find("fc.bias"), std::string::npos) << message;
    EXPECT_NE(message.find("index 3"), std::string::npos) << message;
  }
}

TEST_P(WeightFile, NegativeVarianceIsRefused) {
  EXPECT_NE(refusal([](TensorFile& file) {
              tensor(file, "bn3.running_var") =
                  NamedTensor::from_f32("bn3.running_var", {24}, std::vector<double>(24, -0.5));
            }).find("bn3.running_var"),
            std::string::npos);
}

TEST_P(WeightFile, DoublePrecisionIsReadUnrounded) {
  const auto network = make_network("mlp", {1, 2, 2}, 2);
  save_weights(path(), network, initial_weights(network, 1));
  TensorFile file = read();
  tensor(file, "fc2.bias") = NamedTensor::from_f64("fc2.bias", {0.1, 0.2});
  write(file);
  const auto& bias = *network.layout.find("fc2.bias");
  EXPECT_EQ(load_weights(path(), network).theta[bias.offset], 0.1);
}

INSTANTIATE_TEST_SUITE_P(Formats,
                         WeightFile,
                         ::testing::Values(".safetensors", ".pt"),
                         [](const auto& test) { return test.param.substr(1); });

TEST(Weights, OtherEndingsAndBrokenArchivesAreRefused) {
  const TemporaryFolder folder;
  const auto network = cnn();
  EXPECT_THROW(save_weights(folder / "weights.bin", network, some_weights(network)), Error);
  EXPECT_THROW(load_weights(folder / "none.pt", network), Error);
  write_safetensors(folder / "wrong.pt", {});
  try {
    load_weights(folder / "wrong.pt", network);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace zo::testing
