// Every problem against differences of itself: values are the truth for gradients, gradients for
// Hessians, and the d products of a Hessian for its trace and norm.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>

#include "src/problems/ackley.h"
#include "src/problems/logistic.h"
#include "src/problems/quadratic.h"
#include "src/problems/registry.h"
#include "src/problems/rosenbrock.h"
#include "src/problems/separable.h"

namespace zo {
namespace {

SparseExamples few_examples() {
  return {{0, 2, 4, 5, 7}, {0, 2, 1, 2, 0, 1, 2}, {1, -2, 0.5, 1, 3, -1, 0.25}, {1, -1, 1, -1}, 3};
}

QuadraticShape shape(const std::string& structure, const std::string& spectrum, bool shifted) {
  return {0.5, 40.0, spectrum, structure, shifted};
}

struct Case {
  std::string label;
  std::function<std::unique_ptr<Problem>()> make;
};

template <class T, class... Args>
Case named(const std::string& label, Args... args) {
  return {label, [=] { return std::make_unique<T>(args...); }};
}

class Derivatives : public testing::TestWithParam<Case> {
 protected:
  std::unique_ptr<Problem> problem_ = GetParam().make();
  std::vector<double> x_ = starting_point(*problem_, "normal", 7);
  // Central differences: truncation h² f'''/6, rounding 1e-16 f/h; with h = 1e-5 and third
  // derivatives and values below 1e4 (at |x| < 3) both stay below 2e-7.
  static constexpr double kStep = 1e-5, kBound = 4e-7;
};

TEST_P(Derivatives, GradientIsTheSlopeOfTheValue) {
  const std::vector<double> g = problem_->gradient(x_);
  ASSERT_EQ(g.size(), x_.size());
  for (std::size_t i = 0; i < x_.size(); ++i) {
    std::vector<double> up = x_, down = x_;
    up[i] += kStep;
    down[i] -= kStep;
    const double slope = (problem_->value(up) - problem_->value(down)) / (up[i] - down[i]);
    EXPECT_NEAR(g[i], slope, kBound) << "coordinate " << i;
  }
}

TEST_P(Derivatives, HessianIsTheSlopeOfTheGradient) {
  const std::vector<double> h = dense(*problem_->hessian(x_));
  const std::size_t d = x_.size();
  for (std::size_t i = 0; i < d; ++i) {
    std::vector<double> up = x_, down = x_;
    up[i] += kStep;
    down[i] -= kStep;
    const auto above = problem_->gradient(up), below = problem_->gradient(down);
    for (std::size_t j = 0; j < d; ++j) {
      const double slope = (above[j] - below[j]) / (up[i] - down[i]);
      EXPECT_NEAR(h[i * d + j], slope, kBound) << "entry " << i << ", " << j;
    }
  }
}

TEST_P(Derivatives, HessianKnowsItsTraceAndNorm) {
  const auto matrix = problem_->hessian(x_);
  const std::vector<double> h = dense(*matrix);
  double trace = 0.0;
  for (std::size_t i = 0; i < x_.size(); ++i) trace += h[i * x_.size() + i];
  const double rounding = 1e-12 * inner(h, h);
  EXPECT_NEAR(matrix->trace(), trace, rounding);
  EXPECT_NEAR(matrix->squared_norm(), inner(h, h), rounding);
}

TEST_P(Derivatives, TheOptimumIsAPointOfThatValueWithNothingLowerNearby) {
  const auto optimum = problem_->optimum();
  ASSERT_TRUE(optimum.has_value());
  EXPECT_NEAR(
      problem_->value(optimum->x), optimum->value, 1e-12 * (1.0 + std::abs(optimum->value)));
  EXPECT_LE(optimum->value, problem_->value(x_));
  for (std::size_t i = 0; i < x_.size(); ++i) {
    for (const double step : {0.05, -0.05}) {
      std::vector<double> beside = optimum->x;
      beside[i] += step;
      EXPECT_GT(problem_->value(beside), optimum->value) << "coordinate " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    AllProblems,
    Derivatives,
    testing::Values(
        named<Rosenbrock>("Rosenbrock2", 2, 100.0),
        named<Rosenbrock>("Rosenbrock5", 5, 10.0),
        named<StyblinskiTang>("StyblinskiTang5x", 4, 5.0),
        named<StyblinskiTang>("StyblinskiTang50x", 4, 50.0),
        named<Levy>("Levy", 5),
        named<Levy>("LevyOneCoordinate", 1),
        named<Ackley>("Ackley", 5),
        named<Quartic>("Quartic", 4),
        named<Quadratic>("QuadraticDiagonal", 5, shape("diagonal", "linear", false), 3u),
        named<Quadratic>("QuadraticRotated", 7, shape("rotated", "geometric", true), 3u),
        named<Quadratic>("QuadraticBlocks", 6, shape("blocks", "two-valued", false), 3u),
        named<Quadratic>("QuadraticPermuted", 7, shape("permuted-blocks", "geometric", true), 3u),
        named<Logistic>("Logistic", few_examples(), 0, 0.1, false),
        named<Logistic>("LogisticWithBias", few_examples(), 5, 0.1, true)),
    [](const testing::TestParamInfo<Case>& info) { return info.param.label; });

}  // namespace
}  // namespace zo
