#include "src/kernels/delta_norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace zo {
namespace {

/// γ(y − mean)/√(variance + ε) + β by definition.
double normalised(
    const std::vector<double>& y, std::size_t at, double scale, double shift, double epsilon) {
  double mean = 0.0, variance = 0.0;
  for (const double value : y) mean += value / static_cast<double>(y.size());
  for (const double value : y)
    variance += (value - mean) * (value - mean) / static_cast<double>(y.size());
  return scale * (y[at] - mean) / std::sqrt(variance + epsilon) + shift;
}

const std::vector<double> kBase{0.3, -1.2, 2.5, 0.9, -0.4};
const std::vector<double> kChange{0.01, 0.0, -0.03, 0.02, 0.005};
constexpr double kShift = 0.4;  // subtracted from y; not the mean, 0.42
constexpr double kEpsilon = 1e-5, kScale = 1.3, kBeta = -0.2, kScaleEdit = 0.05, kBetaEdit = -0.07;

BaseNorm base_norm() {
  BaseNorm norm{.scale = kScale, .variance = 0.0, .offset = 0.0, .epsilon = kEpsilon};
  for (const double y : kBase) norm.offset += (y - kShift) / 5.0;
  for (const double y : kBase) norm.variance += std::pow(y - kShift - norm.offset, 2) / 5.0;
  return norm;
}

TEST(DeltaNorm, TheBasePointIsNormalisedByTheMomentsOfItsRows) {
  double sum = 0.0, square = 0.0;
  for (const double y : kBase) {
    sum += y - kShift;
    square += (y - kShift) * (y - kShift);
  }
  BaseNorm norm{.scale = kScale, .variance = 0.0, .offset = 0.0, .epsilon = kEpsilon};
  use_batch_moments(sum, square, 5.0, norm);
  for (std::size_t i = 0; i < kBase.size(); ++i) {
    EXPECT_NEAR(norm_gain(norm) * (kBase[i] - kShift) + norm_shift(norm, kBeta),
                normalised(kBase, i, kScale, kBeta, kEpsilon),
                1e-14);
  }
}

TEST(DeltaNorm, BatchStatisticsFollowThePerturbedRows) {
  std::vector<double> moved = kBase;
  double sum = 0.0, square = 0.0;
  for (std::size_t i = 0; i < kBase.size(); ++i) {
    moved[i] += kChange[i];
    sum += kChange[i];
    square += kChange[i] * (2.0 * (kBase[i] - kShift) + kChange[i]);
  }
  const auto step = batch_norm_difference(base_norm(), sum, square, 5.0, kScaleEdit, kBetaEdit);
  for (std::size_t i = 0; i < kBase.size(); ++i) {
    const double truth = normalised(moved, i, kScale + kScaleEdit, kBeta + kBetaEdit, kEpsilon) -
                         normalised(kBase, i, kScale, kBeta, kEpsilon);
    EXPECT_NEAR(
        step.slope * kChange[i] + step.base * (kBase[i] - kShift) + step.constant, truth, 1e-14);
  }
}

TEST(DeltaNorm, FixedStatisticsOnlyScaleAndShift) {
  const BaseNorm norm = base_norm();
  const auto step = fixed_norm_difference(norm, kScaleEdit, kBetaEdit);
  const auto value = [&](double y, double scale, double shift) {
    return scale * (y - kShift - norm.offset) / std::sqrt(norm.variance + kEpsilon) + shift;
  };
  for (std::size_t i = 0; i < kBase.size(); ++i) {
    const double truth = value(kBase[i] + kChange[i], kScale + kScaleEdit, kBeta + kBetaEdit) -
                         value(kBase[i], kScale, kBeta);
    EXPECT_NEAR(
        step.slope * kChange[i] + step.base * (kBase[i] - kShift) + step.constant, truth, 1e-14);
  }
}

TEST(DeltaNorm, NoNormalisationPassesTheChangeOn) {
  const auto step = fixed_norm_difference(BaseNorm{}, 0.0, 0.0);
  EXPECT_EQ(step.slope, 1.0);
  EXPECT_EQ(step.base, 0.0);
  EXPECT_EQ(step.constant, 0.0);
}

}  // namespace
}  // namespace zo
