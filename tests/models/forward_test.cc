#include "models/forward.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "models/builder.h"
#include "src/base/philox.h"
#include "tests/network/network_case.h"

namespace zo::testing {
namespace {

at::Tensor drawn(at::IntArrayRef shape, std::uint64_t step) {
  const Philox stream(11, Purpose::Test, step);
  at::Tensor tensor = at::empty(shape, at::kDouble);
  for (std::int64_t i = 0; i < tensor.numel(); ++i) tensor.data_ptr<double>()[i] = stream.normal(i);
  return tensor;
}

at::Tensor run(const Network& network, const at::Tensor& theta, const at::Tensor& pictures) {
  return forward(network, parameter_views(network, theta), pictures);
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

TEST(Forward, ShortcutTakesEverySecondPixelAndCentresTheChannels) {
  NetworkBuilder net("shortcut", {2, 5, 7}, 2);
  const int entry = net.relu("entry");
  net.conv3x3("conv", 6, 2, true);
  net.residual("shortcut", entry, 2);
  const Network network = net.take();
  // Zero weights leave the bias alone, so the rest of the output is the shortcut.
  at::Tensor theta = at::zeros({network.layout.dimension()}, at::kDouble);
  theta.narrow(0, network.layout.find("conv.bias")->offset, 6).fill_(0.25);
  const auto pictures = drawn({3, 2, 5, 7}, 1);
  const auto out = run(network, theta, pictures);
  ASSERT_EQ(out.sizes(), (at::IntArrayRef{3, 6, 3, 4}));
  for (int b = 0; b < 3; ++b) {
    for (int c = 0; c < 6; ++c) {
      for (int y = 0; y < 3; ++y) {
        for (int x = 0; x < 4; ++x) {
          const bool copied = c == 2 || c == 3;
          const double picture =
              copied ? pictures.index({b, c - 2, 2 * y, 2 * x}).item<double>() : 0.0;
          EXPECT_EQ(out.index({b, c, y, x}).item<double>(), 0.25 + std::max(picture, 0.0))
              << b << c << y << x;
        }
      }
    }
  }
}

TEST(Forward, ConvolutionIsTheSumOverItsWindow) {
  NetworkBuilder net("conv", {2, 4, 5}, 2);
  net.conv3x3("conv", 3, 2, true);
  const Network network = net.take();
  const auto theta = drawn({network.layout.dimension()}, 2);
  const auto pictures = drawn({2, 2, 4, 5}, 3);
  const auto parameters = parameter_views(network, theta);
  const auto out = run(network, theta, pictures);
  ASSERT_EQ(out.sizes(), (at::IntArrayRef{2, 3, 2, 3}));
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 3; ++x) {
      double sum = parameters[1][2].item<double>();
      for (int c = 0; c < 2; ++c) {
        for (int ky = 0; ky < 3; ++ky) {
          for (int kx = 0; kx < 3; ++kx) {
            const int row = 2 * y + ky - 1, column = 2 * x + kx - 1;
            if (row < 0 || row >= 4 || column < 0 || column >= 5) continue;
            sum += parameters[0].index({2, c, ky, kx}).item<double>() *
                   pictures.index({1, c, row, column}).item<double>();
          }
        }
      }
      EXPECT_NEAR(out.index({1, 2, y, x}).item<double>(), sum, 1e-14);
    }
  }
}

TEST(Forward, OutputsThatAreReadAgainAreNotOverwritten) {
  // As in a pre-activation block: the sum needs the values before the ReLU that follows the skip.
  NetworkBuilder net("preactivation", {2, 4, 4}, 2);
  net.conv3x3("conv1", 2, 1, true);
  const int skip = net.batch_norm("bn");
  net.relu("relu");
  net.conv3x3("conv2", 2, 1, true);
  net.residual("sum", skip, 1);
  const Network network = net.take();
  const auto theta = drawn({network.layout.dimension()}, 4);
  const auto p = parameter_views(network, theta);
  const auto pictures = drawn({3, 2, 4, 4}, 5);
  const auto normalised = at::batch_norm(
      at::conv2d(pictures, p[0], p[1], 1, 1), p[2], p[3], {}, {}, true, 0.0, kBatchNormEps, false);
  const auto expected = at::conv2d(at::relu(normalised), p[4], p[5], 1, 1) + normalised;
  EXPECT_LT(largest_difference(run(network, theta, pictures), expected), 1e-13);
}

TEST(Forward, PicturesOfTheCallerAreNeverOverwritten) {
  NetworkBuilder net("relu-first", {2, 4, 4}, 2);
  net.flatten("flatten");
  net.relu("relu");
  net.linear("fc", 2);
  const Network network = net.take();
  const auto pictures = drawn({3, 2, 4, 4}, 6);
  const auto before = pictures.clone();
  run(network, drawn({network.layout.dimension()}, 7), pictures);
  EXPECT_TRUE(pictures.equal(before));
}

TEST(Forward, StatisticsAreMeanAndBiasedVarianceOfTheNormsInput) {
  NetworkBuilder net("norms", {3, 6, 6}, 2);
  net.batch_norm("bn1");
  net.max_pool2("pool");
  net.batch_norm("bn2");
  const Network network = net.take();
  const auto theta = drawn({network.layout.dimension()}, 8);
  const auto pictures = drawn({4, 3, 6, 6}, 9);
  BatchStatistics seen;
  forward(network, parameter_views(network, theta), pictures, {}, &seen);
  EXPECT_EQ(seen.counts, (std::vector<std::int64_t>{144, 36}));
  const auto [variance, mean] = at::var_mean(pictures, at::IntArrayRef{0, 2, 3}, false, false);
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(seen.values[c], mean[c].item<double>(), 1e-15);
    EXPECT_NEAR(seen.values[3 + c], variance[c].item<double>(), 1e-14);
  }
}

TEST(Forward, MemoryFormatAndGradientModeDoNotChangeTheLogits) {
  for (const std::string name : {"resnet8", "cnn", "mlp"}) {
    const auto network = cifar_network(name);
    const auto theta = to_tensor(noisy_weights(network, 5).theta, at::kDouble);
    const auto batch = drawn_batches(5, 3)(0);
    const auto pictures = picture_tensor(batch, network.input, at::kDouble);
    const auto logits = run(network, theta, pictures);
    EXPECT_LT(largest_difference(logits, run(network, theta, pictures.contiguous())), 1e-12)
        << name;
    const auto followed = run(network, theta.clone().requires_grad_(), pictures);
    EXPECT_TRUE(followed.requires_grad());
    EXPECT_LT(largest_difference(logits, followed.detach()), 1e-12) << name;
  }
}

TEST(Forward, ExampleLossesAreThoseOfPyTorch) {
  const auto logits = drawn({7, 5}, 10) * 3.0;
  const std::vector<std::int32_t> labels{0, 4, 2, 2, 1, 3, 0};
  const auto targets = at::tensor(labels, at::kInt).to(at::kLong);
  const auto losses = example_losses(logits, labels);
  const auto truth = at::cross_entropy_loss(logits, targets, {}, at::Reduction::None);
  for (int row = 0; row < 7; ++row) EXPECT_NEAR(losses[row], truth[row].item<double>(), 1e-14);
  EXPECT_EQ(example_losses(logits.t().contiguous().t(), labels), losses);
}

TEST(Forward, ViewsShareTheMemoryOfTheta) {
  const auto network = cifar_network("mlp");
  auto theta = at::zeros({network.layout.dimension()}, at::kFloat);
  const auto views = parameter_views(network, theta);
  theta[network.layout.find("fc2.bias")->offset + 3] = 2.0;
  EXPECT_EQ(views[3][3].item<float>(), 2.0f);
  EXPECT_EQ(views[0].sizes(), (at::IntArrayRef{64, 3072}));
}

}  // namespace
}  // namespace zo::testing
