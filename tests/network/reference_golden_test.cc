#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/network/network_case.h"

// The reference oracle against PyTorch in float64 with its own definition of the networks
// (tests/reference/make_networks.py).
namespace zo::testing {
namespace {

class ReferenceGolden : public ::testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<NetworkOracle> oracle(Precision precision, BnMode bn = BnMode::Batch) {
    Weights weights = golden_.weights;
    // Evaluation by running statistics was recorded with those folded before.
    if (bn == BnMode::Running)
      weights.norms = golden_.expected["folded"].get<std::vector<double>>();
    auto made = make_reference_oracle(golden_.network,
                                      weights,
                                      golden_.batches,
                                      {.precision = precision, .bn = bn, .threads = 2});
    made->begin_batch(0);
    return made;
  }

  void expect_losses(NetworkOracle& oracle, double tolerance) {
    EXPECT_NEAR(oracle.base(), golden_.expected["base"].get<double>(), tolerance);
    const auto losses = oracle.evaluate(golden_.probes);
    const auto expected = golden_.expected["losses"].get<std::vector<double>>();
    ASSERT_EQ(losses.size(), expected.size());
    double largest = 0.0;
    for (std::size_t i = 0; i < losses.size(); ++i) {
      EXPECT_NEAR(losses[i], expected[i], tolerance) << golden_.expected["probes"][i];
      largest = std::max(largest, std::abs(losses[i] - expected[i]));
    }
    RecordProperty("largest_error", fmt::format("{:.2e}", largest));
  }

  GoldenCase golden_{GetParam()};
};

// Float64 losses differ by the order of sums of up to 3072 terms through 20 layers only; a probe's
// own effect is 1e-5 and more.
constexpr double kTolerance64 = 1e-11;

TEST_P(ReferenceGolden, Float64LossesAreThoseOfPyTorch) {
  const auto oracle = this->oracle(Precision::Float64);
  expect_losses(*oracle, kTolerance64);
}

TEST_P(ReferenceGolden, Float32LossesAreWithinAHundredThousandth) {
  const auto oracle = this->oracle(Precision::Float32);
  expect_losses(*oracle, 1e-5);
}

TEST_P(ReferenceGolden, RunningStatisticsGiveTheLossesOfEvaluation) {
  const auto oracle = this->oracle(Precision::Float64, BnMode::Running);
  EXPECT_NEAR(oracle->base(), golden_.expected["eval_base"].get<double>(), kTolerance64);
  const std::size_t every = golden()["eval_every"];
  std::vector<Probe> probes;
  for (std::size_t i = 0; i < golden_.probes.size(); i += every)
    probes.push_back(golden_.probes[i]);
  const auto losses = oracle->evaluate(probes);
  const auto expected = golden_.expected["eval_losses"].get<std::vector<double>>();
  ASSERT_EQ(losses.size(), expected.size());
  for (std::size_t i = 0; i < losses.size(); ++i) {
    EXPECT_NEAR(losses[i], expected[i], kTolerance64) << golden_.expected["probes"][i * every];
  }
}

double norm_of(const std::vector<double>& vector) {
  double squares = 0.0;
  for (const double value : vector) squares += value * value;
  return std::sqrt(squares);
}

TEST_P(ReferenceGolden, Float64GradientIsThatOfPyTorch) {
  const auto gradient = oracle(Precision::Float64)->gradient();
  const auto& expected = golden_.expected["gradient"];
  const double norm = expected["norm"];
  EXPECT_NEAR(norm_of(gradient), norm, 1e-11 * norm);
  for (std::size_t i = 0; i < expected["index"].size(); ++i) {
    const std::int64_t index = expected["index"][i];
    EXPECT_NEAR(gradient[index], expected["value"][i].get<double>(), 1e-11 * norm) << index;
  }
  EXPECT_NEAR(norm_of(oracle(Precision::Float64, BnMode::Running)->gradient()),
              golden_.expected["eval_gradient_norm"].get<double>(),
              1e-10 * norm);
}

TEST_P(ReferenceGolden, RunningStatisticsFoldAsThoseOfBatchNorm2d) {
  const auto oracle = this->oracle(Precision::Float64);
  const std::int64_t folds = golden()["folds"];
  for (std::int64_t number = 0; number < folds; ++number) {
    oracle->begin_batch(number);
    oracle->base();
    oracle->move({});
  }
  const auto weights = oracle->weights();
  const auto expected = golden_.expected["folded"].get<std::vector<double>>();
  EXPECT_EQ(weights.batches_tracked, folds);
  ASSERT_EQ(weights.norms.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(weights.norms[i], expected[i], 1e-12 * std::max(1.0, std::abs(expected[i]))) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Networks,
                         ReferenceGolden,
                         ::testing::Values("resnet8", "resnet20", "cnn", "mlp"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace zo::testing
