#include "src/kernels/cross_entropy.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace zo {
namespace {

TEST(CrossEntropy, EqualLogitsCostTheLogarithmOfTheClasses) {
  const std::vector<float> logits(10, 3.5f);
  EXPECT_NEAR(cross_entropy_row(logits.data(), 10, 4), std::log(10.0), 1e-15);
}

TEST(CrossEntropy, TwoClassesMatchTheLogisticLoss) {
  const double logits[] = {0.25, -1.5};
  EXPECT_NEAR(cross_entropy_row(logits, 2, 0), std::log1p(std::exp(-1.75)), 1e-15);
  EXPECT_NEAR(cross_entropy_row(logits, 2, 1), std::log1p(std::exp(1.75)), 1e-15);
}

TEST(CrossEntropy, HugeLogitsDoNotOverflow) {
  const float logits[] = {1e30f, -1e30f, 0.0f};
  EXPECT_EQ(cross_entropy_row(logits, 3, 0), 0.0);
  EXPECT_DOUBLE_EQ(cross_entropy_row(logits, 3, 1), 2.0 * static_cast<double>(1e30f));
}

TEST(CrossEntropy, NonFiniteLogitsGiveNonFiniteLoss) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  const float first[] = {nan, 1.0f}, last[] = {1.0f, nan}, high[] = {1.0f, inf};
  EXPECT_FALSE(std::isfinite(cross_entropy_row(first, 2, 1)));
  EXPECT_FALSE(std::isfinite(cross_entropy_row(last, 2, 0)));
  EXPECT_FALSE(std::isfinite(cross_entropy_row(high, 2, 0)));
}

TEST(CrossEntropy, MeanIsTheAverageOfTheRowsInOrder) {
  const std::vector<double> logits{0.5, -0.25, 2.0, 1.0, 1.5, -3.0};
  const std::vector<std::int32_t> labels{2, 0};
  const double by_rows =
      (cross_entropy_row(&logits[0], 3, 2) + cross_entropy_row(&logits[3], 3, 0)) / 2.0;
  double losses[2];
  cross_entropy_rows(logits.data(), labels.data(), 2, 3, losses);
  EXPECT_EQ(losses[1], cross_entropy_row(&logits[3], 3, 0));
  EXPECT_EQ(mean_of_rows(losses, 2), by_rows);
}

}  // namespace
}  // namespace zo
