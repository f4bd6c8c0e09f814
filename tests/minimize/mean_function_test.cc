#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/minimize/minimize.h"

namespace zo {
namespace {

using testing::HasSubstr;

/// Example i: ½(x_0 − i)² + (x_1 + i)⁴.
double example(std::span<const double> x, std::int64_t i) {
  const auto at = static_cast<double>(i);
  return 0.5 * (x[0] - at) * (x[0] - at) + std::pow(x[1] + at, 4);
}

constexpr std::int64_t kExamples = 3;
const MeanFunction kMean{kExamples, [](std::span<const double> x, std::span<double> losses) {
                           for (std::int64_t i = 0; i < kExamples; ++i) losses[i] = example(x, i);
                         }};

double mean_value(std::span<const double> x) {
  double sum = 0.0;
  for (std::int64_t i = 0; i < kExamples; ++i) sum += example(x, i);
  return sum / static_cast<double>(kExamples);
}

std::string message_of(const auto& function, const MinimizeSettings& settings) {
  try {
    minimize(function, {1.0, 2.0}, settings);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(MeanFunction, IsMinimisedBitForBitAsItsValueIsByMethodsThatSeeMeansAlone) {
  const MinimizeSettings settings{.method = "zo-sah", .max_calls = 100};
  const MinimizeResult mean = minimize(kMean, {1.0, 2.0}, settings);
  const MinimizeResult value = minimize(ValueFunction(mean_value), {1.0, 2.0}, settings);
  EXPECT_LT(mean.best, mean.start_value);
  EXPECT_EQ(mean.best, value.best);
  EXPECT_EQ(mean.x, value.x);
  EXPECT_EQ(mean.queries, value.queries);
  EXPECT_EQ(mean.queries_report, value.queries_report);
}

TEST(MeanFunction, OneValueOfTheMeanIsOneQueryHoweverManyExamplesItHas) {
  std::int64_t calls = 0;
  const MeanFunction counted{kExamples, [&](std::span<const double> x, std::span<double> losses) {
                               ++calls;
                               kMean.losses(x, losses);
                             }};
  const MinimizeSettings settings{
      .method = "zo-sah", .options = {{"hessian", "fisher"}}, .max_calls = 100};
  const MinimizeResult result = minimize(counted, {1.0, 2.0}, settings);
  EXPECT_LT(result.best, result.start_value);
  EXPECT_LE(result.queries + result.queries_report, 100);
  // The base's losses were computed for its value already; asking for them again computes anew.
  EXPECT_LE(calls, result.queries + result.queries_report + result.steps);
}

TEST(MeanFunction, AMethodThatLooksAtExamplesIsRefusedOnOneNumber) {
  const MinimizeSettings settings{.method = "zo-sah", .options = {{"hessian", "fisher"}}};
  const std::string message = message_of(ValueFunction(mean_value), settings);
  EXPECT_THAT(message, HasSubstr("--hessian fisher"));
  EXPECT_THAT(message, HasSubstr("single examples"));
}

TEST(MeanFunction, OfNoExamplesIsRefused) {
  EXPECT_THAT(message_of(MeanFunction{0, kMean.losses}, {}), HasSubstr("at least one"));
}

}  // namespace
}  // namespace zo
