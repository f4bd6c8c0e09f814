#include "src/study/hessian_study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "src/base/error.h"
#include "src/problems/quadratic.h"
#include "src/problems/rosenbrock.h"
#include "src/problems/separable.h"

namespace zo {
namespace {

using testing::HasSubstr;

HessianStudy of(const std::string& estimator, std::int64_t directions = 3) {
  HessianStudy study;
  study.estimator = estimator;
  study.directions = directions;
  return study;
}

HessianErrors measure(const Problem& problem, const HessianStudy& study) {
  return measure_hessian_errors(problem, study, "standard", 1, 1);
}

/// 2×2 blocks along the pairs that a random pairing meets only by luck.
const Quadratic& rotated() {
  static const Quadratic problem(6, {1.0, 50.0, "geometric", "rotated", true}, 3);
  return problem;
}

TEST(HessianStudy, ZeroErrorIsTheNormOfTheExactHessian) {
  double square = 0.0;
  for (int i = 0; i < 6; ++i) square += std::pow(50.0, 2.0 * i / 5.0);
  EXPECT_NEAR(measure(rotated(), of("cd")).zero_error, std::sqrt(square), 1e-10);
}

TEST(HessianStudy, CountsTheQueriesOfEveryEstimator) {
  EXPECT_EQ(measure(rotated(), of("zovh", 5)).queries, 5);
  EXPECT_EQ(measure(rotated(), of("s1", 5)).queries, 5);
  EXPECT_EQ(measure(rotated(), of("s2", 5)).queries, 5 + 1);
  EXPECT_EQ(measure(rotated(), of("s3", 5)).queries, 2 * 5 + 1);
  EXPECT_EQ(measure(rotated(), of("cd", 5)).queries, 2 * 5 + 1);
  EXPECT_EQ(measure(rotated(), of("coordinate")).queries, 1 + 6 + 21);
  EXPECT_EQ(measure(rotated(), of("pair-lazy")).queries, 1 + 6 + 3 * 3);
  HessianStudy walk = of("zovh", 4);
  walk.starts = 3;
  walk.points = 7;
  const HessianErrors errors = measure(rotated(), walk);
  EXPECT_EQ(errors.estimates, 21);
  EXPECT_EQ(errors.queries, 21 * 4);
}

TEST(HessianStudy, CoordinateDifferencesAreExactOnQuadratics) {
  // Rounding of f ≈ 100 divided by μ² = 1e-2, in 36 entries.
  EXPECT_LT(measure(rotated(), of("coordinate")).error, 1e-10);
}

TEST(HessianStudy, ExactPairsMissOnlyWhatLiesOutsideTheirBlocks) {
  const HessianErrors errors = measure(rotated(), of("pair-lazy"));
  EXPECT_LT(*errors.block_error, 1e-10);
  EXPECT_GT(errors.error, 1.0);
  EXPECT_LT(errors.error, errors.zero_error);
  // Without coupling nothing lies outside.
  const Quadratic diagonal(6, {1.0, 50.0, "geometric", "diagonal", true}, 3);
  EXPECT_LT(measure(diagonal, of("pair-lazy")).error, 1e-10);
}

TEST(HessianStudy, LiteralReuseOfOldLossesIsWrongWhereManyCoordinatesMove) {
  HessianStudy walk = of("pair-literal");
  walk.points = 4;
  walk.radius = walk.step = 1e-3;
  HessianStudy secant = walk;
  secant.estimator = "pair-secant";
  const Quadratic diagonal(6, {1.0, 50.0, "geometric", "diagonal", false}, 3);
  EXPECT_GT(*measure(diagonal, walk).block_error, 10.0 * measure(diagonal, walk).zero_error);
  EXPECT_LT(*measure(diagonal, secant).block_error, 1e-3 * measure(diagonal, walk).zero_error);
}

TEST(HessianStudy, MoreDirectionsLowerTheErrorAsTheRootOfTheirNumber) {
  // ZoVH is unbiased, so its error goes with 1/√(K − 1); 200 estimates leave a few per cent of
  // noise.
  HessianStudy few = of("zovh", 26), many = of("zovh", 401);
  few.starts = many.starts = 200;
  const double ratio = measure(rotated(), few).error / measure(rotated(), many).error;
  EXPECT_NEAR(ratio, 4.0, 0.4);
}

TEST(HessianStudy, ReusedPointsAddSamples) {
  // On a walk that stands still N histories are N times the directions; the mean over the walk has
  // fewer at its first points, so the bound is one-sided: at least a factor 2 for N = 6.
  HessianStudy alone = of("zovh", 10);
  alone.points = 200;
  alone.step = 0.0;
  HessianStudy reuse = alone;
  reuse.histories = 6;
  const double ratio = measure(rotated(), alone).error / measure(rotated(), reuse).error;
  EXPECT_GT(ratio, 2.0);
  EXPECT_LT(ratio, std::sqrt(59.0 / 9.0) * 1.25);
}

TEST(HessianStudy, SmoothingAddsWhatTheFourthDerivativesSay) {
  // E over u ~ N(0, I) of ∇²f(x + μu) − ∇²f(x) = ½ μ² Δ∇²f for degree 4, wherever x is: 12μ² a
  // coordinate for Σx⁴, 12αμ² for Rosenbrock's first d − 1, 6μ² for half of Σx⁴ …, and 0 where f is
  // quadratic.
  HessianStudy study = of("smoothed");
  study.radius = 0.2;
  const double mu2 = 0.04;
  const auto bias = [&](const Problem& problem) {
    const HessianErrors errors = measure_hessian_errors(problem, study, "normal", 1, 1);
    EXPECT_EQ(errors.queries, 0);
    return errors.error;
  };
  EXPECT_NEAR(bias(Quartic(9)), 12.0 * mu2 * 3.0, 1e-9);
  EXPECT_NEAR(bias(Rosenbrock(10, 7.0)), 12.0 * 7.0 * mu2 * 3.0, 1e-9);
  EXPECT_NEAR(bias(StyblinskiTang(16, 5.0)), 6.0 * mu2 * 4.0, 1e-9);
  EXPECT_NEAR(bias(rotated()), 0.0, 1e-9);
}

TEST(HessianStudy, ShortFormsOfTheInverseAreMeasuredForZovhAlone) {
  const HessianErrors few = measure(rotated(), of("zovh", 2)),
                      enough = measure(rotated(), of("zovh"));
  EXPECT_FALSE(few.inverse);
  ASSERT_TRUE(enough.inverse);
  EXPECT_GT(enough.inverse->inverse, 0.0);
  EXPECT_FALSE(measure(rotated(), of("s2")).inverse);
}

TEST(HessianStudy, WalksDownTheGradientByTheStepAsked) {
  HessianStudy walk = of("zovh");
  walk.points = 3;
  walk.step = 0.1;
  // x = 1, 0.9, 0.8 on x⁴, whose second derivative is 12x².
  EXPECT_NEAR(measure(Quartic(1), walk).zero_error, 12.0 * (1.0 + 0.81 + 0.64) / 3.0, 1e-12);
}

TEST(HessianStudy, LinearNoiseCancelsInSecondDifferencesOnly) {
  HessianStudy quiet = of("cd"), noisy = of("cd");
  noisy.noise = 5.0;
  const Quartic problem(6);
  EXPECT_NEAR(measure(problem, quiet).error, measure(problem, noisy).error, 1e-9);
  HessianStudy one = of("zovh"), disturbed = of("zovh");
  disturbed.noise = 5.0;
  EXPECT_GT(std::abs(measure(problem, one).error - measure(problem, disturbed).error), 1.0);
}

TEST(HessianStudy, RefusesWhatDoesNotFit) {
  const auto message = [](const HessianStudy& study, const Problem& problem) -> std::string {
    try {
      measure(problem, study);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      return error.what();
    }
    return "nothing was refused";
  };
  EXPECT_THAT(message(of("zovh", 1), rotated()), HasSubstr("needs at least 2 directions"));
  HessianStudy reuse = of("cd");
  reuse.histories = 2;
  EXPECT_THAT(message(reuse, rotated()), HasSubstr("--histories 2: only --estimator zovh"));
  EXPECT_THAT(message(of("coordinate"), Rosenbrock(1001, 100.0)), HasSubstr("at most 1000"));
}

}  // namespace
}  // namespace zo
