#include "models/module.h"
#include "src/kernels/cross_entropy.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/optim/sgd.h>

#include <cstring>

#include "models/forward.h"
#include "models/safetensors.h"
#include "src/kernels/cross_entropy.h"
#include "tests/models/temporary_folder.h"
#include "tests/network/network_case.h"

namespace zo::testing {
namespace {

TEST(NetworkModule, NamesAndValuesAreThoseOfTheWeightFile) {
  const auto network = cifar_network("resnet8");
  const auto weights = noisy_weights(network, 5);
  NetworkModule module(network, weights, at::kFloat);
  const TemporaryFolder folder;
  save_weights(folder / "x.safetensors", network, weights);
  const auto file = read_safetensors(folder / "x.safetensors");
  auto named = module.named_parameters();
  const auto parameters = named.size();
  for (const auto& buffer : module.named_buffers()) named.insert(buffer.key(), buffer.value());
  EXPECT_EQ(parameters, network.layout.segments.size());
  ASSERT_EQ(named.size(), file.tensors.size());
  for (const NamedTensor& tensor : file.tensors) {
    const auto* mine = named.find(tensor.name);
    ASSERT_NE(mine, nullptr) << tensor.name;
    EXPECT_EQ(mine->sizes(), at::IntArrayRef(tensor.shape)) << tensor.name;
    EXPECT_EQ(std::memcmp(mine->const_data_ptr(), tensor.data.data(), tensor.data.size()), 0)
        << tensor.name;
  }
}

TEST(NetworkModule, OneStepOfSgdFollowsTheGradientOfTheOracle) {
  for (const bool training : {true, false}) {
    const auto network = cifar_network("cnn");
    const auto weights = noisy_weights(network, 5);
    NetworkModule module(network, weights, at::kDouble);
    module.train(training);
    const auto batch = drawn_batches(5, 4)(0);
    torch::optim::SGD sgd(module.parameters(), torch::optim::SGDOptions(0.5));
    const auto logits = module.forward(picture_tensor(batch, network.input, at::kDouble));
    at::cross_entropy_loss(logits, at::tensor(batch.labels, at::kInt).to(at::kLong)).backward();
    sgd.step();

    auto oracle = make_reference_oracle(
        network,
        weights,
        drawn_batches(5, 4),
        {.precision = Precision::Float64, .bn = training ? BnMode::Batch : BnMode::Running});
    oracle->begin_batch(0);
    const auto losses = example_losses(logits.detach(), batch.labels);
    EXPECT_NEAR(mean_of_rows(losses.data(), batch.rows), oracle->base(), 1e-13);
    const auto gradient = oracle->gradient();
    const auto parameters = module.named_parameters();
    for (const Segment& segment : network.layout.segments) {
      const auto moved = parameters[segment.name].detach().contiguous();
      for (std::int64_t i = 0; i < segment.size; ++i) {
        const auto at = segment.offset + i;
        ASSERT_NEAR(
            moved.const_data_ptr<double>()[i], weights.theta[at] - 0.5 * gradient[at], 1e-13)
            << segment.name;
      }
    }
  }
}

}  // namespace
}  // namespace zo::testing
