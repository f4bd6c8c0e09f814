#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numbers>

#include "src/base/error.h"
#include "src/problems/ackley.h"
#include "src/problems/logistic.h"
#include "src/problems/quadratic.h"
#include "src/problems/registry.h"
#include "src/problems/rosenbrock.h"
#include "src/problems/separable.h"

namespace zo {
namespace {

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return "nothing was refused";
}

/// What the command line makes of `settings`.
std::unique_ptr<Problem> make(const std::vector<std::pair<std::string, std::string>>& settings) {
  ProblemOptions options;
  OptionTable table;
  options.describe(table);
  for (const auto& [name, text] : settings) table.set(name, text, "--" + name);
  return make_problem(options, table, 1);
}

TEST(Rosenbrock, StartsAtTheCustomaryPointWithTheKnownValue) {
  const auto problem = make({});
  EXPECT_EQ(problem->start(), (std::vector<double>{-1.2, 1.0}));
  EXPECT_NEAR(problem->value(problem->start()), 24.2, 1e-13);
}

TEST(Rosenbrock, HessianAtTheOptimumHasTheKnownEigenvalues) {
  // λ² − 1002 λ + 400 = 0 for [[802, −400], [−400, 200]].
  const auto h = dense(*Rosenbrock(2, 100.0).hessian(std::vector<double>{1.0, 1.0}));
  EXPECT_EQ(h, (std::vector<double>{802.0, -400.0, -400.0, 200.0}));
}

TEST(StyblinskiTang, OptimaAgreeWithTheLiterature) {
  const auto usual = StyblinskiTang(1, 5.0).optimum();
  EXPECT_NEAR(usual->x[0], -2.903534, 5e-7);
  EXPECT_NEAR(usual->value, -39.16617, 5e-6);
  const auto steep = StyblinskiTang(3, 50.0).optimum();
  EXPECT_NEAR(steep->x[2], -3.414759, 5e-7);
  EXPECT_NEAR(steep->value / 3.0, -110.669, 5e-4);
}

TEST(Problems, ValuesAgreeWithTheDefinitionsEvaluatedInPython) {
  const std::vector<double> x{0.3, -0.7, 1.2};
  EXPECT_NEAR(Rosenbrock(3, 10.0).value(x), 14.662, 1e-13);
  EXPECT_NEAR(StyblinskiTang(3, 50.0).value(x), 5.0009, 1e-13);
  EXPECT_NEAR(Levy(3).value(x), 0.7404220451776639, 1e-13);
  EXPECT_NEAR(Ackley(3).value(x), 4.843250843501043, 1e-13);
  EXPECT_NEAR(Quartic(3).value(x), 2.3218, 1e-13);
}

TEST(Quadratic, NormOfTheStudyOfFiveThousandDimensionsIsTheKnownOne) {
  // Σ λ² over linspace(1, 10, d): norm 430 at d = 5000, whatever the rotation.
  const Quadratic problem(5000, {1.0, 10.0, "linear", "rotated", true}, 1);
  EXPECT_NEAR(std::sqrt(problem.hessian(problem.start())->squared_norm()), 430.0, 0.5);
}

TEST(Quadratic, ARandomRotationIsDenseAndKeepsTheSpectrum) {
  const std::int64_t d = 24;
  const Quadratic problem(d, {1.0, 100.0, "geometric", "rotated", false}, 5);
  const auto h = dense(*problem.hessian(problem.start()));
  // Powers of the matrix: trace(A²) by entries against Σ λ², an invariant of rotations.
  double expected = 0.0, trace = 0.0, expected_trace = 0.0;
  for (std::int64_t i = 0; i < d; ++i) {
    const double eigenvalue = std::pow(100.0, static_cast<double>(i) / (d - 1));
    expected += eigenvalue * eigenvalue;
    expected_trace += eigenvalue;
    trace += h[i * d + i];
  }
  EXPECT_NEAR(inner(h, h), expected, 1e-10 * expected);
  EXPECT_NEAR(trace, expected_trace, 1e-10 * expected_trace);
  int zeros = 0;
  for (const double entry : h) zeros += std::abs(entry) < 1e-12 ? 1 : 0;
  EXPECT_EQ(zeros, 0);
}

TEST(Quadratic, PermutedBlocksCoupleExactlyThePairsItNames) {
  const std::int64_t d = 8;
  const Quadratic problem(d, {0.3, 100.0, "two-valued", "permuted-blocks", false}, 9);
  const auto h = dense(*problem.hessian(problem.start()));
  std::vector<std::int64_t> partner(d);
  for (std::size_t p = 0; p < problem.pairs().size(); p += 2) {
    partner[problem.pairs()[p]] = problem.pairs()[p + 1];
    partner[problem.pairs()[p + 1]] = problem.pairs()[p];
  }
  for (std::int64_t i = 0; i < d; ++i) {
    for (std::int64_t j = 0; j < d; ++j) {
      // Eigenvalues 0.3 and 30 turned by 45°: mean on the diagonal, half the difference beside it.
      const double expected = i == j ? 15.15 : 14.85;
      const double entry = std::abs(h[i * d + j]);
      EXPECT_NEAR(entry, i == j || partner[i] == j ? expected : 0.0, 1e-12) << i << ", " << j;
    }
  }
}

TEST(Quadratic, OtherSeedsTurnOtherwise) {
  const Quadratic one(6, {}, 1), same(6, {}, 1), other(6, {}, 2);
  const std::vector<double> x{1, 2, 3, 4, 5, 6};
  EXPECT_EQ(one.value(x), same.value(x));
  EXPECT_NE(one.value(x), other.value(x));
}

TEST(Logistic, StartsAtTheLogarithmOfTwo) {
  const Logistic problem({{0, 1, 2}, {0, 1}, {1.0, 1.0}, {1.0, -1.0}, 2}, 0, 0.0, false);
  EXPECT_NEAR(problem.value(problem.start()), std::numbers::ln2, 1e-15);
}

TEST(Logistic, ARowOnTheRightSideCostsLess) {
  // Rows (a, y) = (2, +1) and (−3, −1), the bias always 1: margins 2x + b and 3x − b.
  const Logistic problem({{0, 1, 2}, {0, 0}, {2.0, -3.0}, {1.0, -1.0}, 1}, 0, 0.5, true);
  const double expected = 0.5 * (std::log1p(std::exp(-2.25)) + std::log1p(std::exp(-2.75)));
  EXPECT_NEAR(problem.value(std::vector<double>{1.0, 0.25}), expected + 0.25 * 1.0625, 1e-15);
}

TEST(Logistic, IsTheMeanOfItsExamplesPenaltyIncluded) {
  const Logistic problem({{0, 1, 3}, {0, 0, 1}, {1.0, -2.0, 0.5}, {1.0, -1.0}, 2}, 0, 0.3, true);
  const std::vector<double> x = {0.7, -1.1, 0.4};
  std::vector<double> values(problem.examples());
  problem.example_values(x, values);
  ASSERT_EQ(values.size(), 2);
  const double penalty = 0.15 * (0.49 + 1.21 + 0.16);
  EXPECT_NEAR(values[0], std::log1p(std::exp(-(0.7 + 0.4))) + penalty, 1e-15);
  EXPECT_NEAR(values[1], std::log1p(std::exp(-1.4 - 0.55 + 0.4)) + penalty, 1e-15);
  EXPECT_NEAR((values[0] + values[1]) / 2.0, problem.value(x), 1e-15);
}

TEST(Logistic, LargeMarginsNeitherOverflowNorLoseTheLoss) {
  const Logistic problem({{0, 1, 2}, {0, 0}, {1.0, 1.0}, {1.0, -1.0}, 1}, 0, 0.0, false);
  EXPECT_NEAR(problem.value(std::vector<double>{2000.0}), 1000.0, 1e-10);  // one row wrong by 2000
  EXPECT_TRUE(std::isfinite(problem.gradient(std::vector<double>{-2000.0})[0]));
}

TEST(Logistic, NewtonOnSeparableDataComesWithinRoundingOfTheInfimum) {
  const Logistic problem({{0, 1, 2}, {0, 0}, {1.0, 1.0}, {1.0, 1.0}, 1}, 0, 0.0, false);
  EXPECT_LT(problem.optimum()->value, 1e-12);
}

TEST(Logistic, NewtonLeavesNoSlopeOnRealData) {
  const char* folder = std::getenv("ZO_TEST_LIBSVM");
  if (folder == nullptr) GTEST_SKIP() << "ZO_TEST_LIBSVM names no folder with a9a.libsvm";
  const double l2 = 1e-4;
  const auto problem = make({{"problem", "logistic"},
                             {"data", std::string(folder) + "/a9a.libsvm"},
                             {"rows", "6414"},
                             {"l2", "1e-4"}});
  const auto optimum = problem->optimum();
  const auto g = problem->gradient(optimum->x);
  // Strong convexity: f(x) − f* ≤ ‖∇f(x)‖² / 2λ.
  EXPECT_LT(inner(g, g) / (2.0 * l2), 1e-12);
}

TEST(ProblemRegistry, RefusesWhatDoesNotFitTheProblem) {
  EXPECT_EQ(message_of([] {
              make({{"problem", "levy"}, {"tilt", "5"}});
            }),
            "--tilt: an option of --problem styblinski-tang, which --problem levy does not have; "
            "leave it out");
  EXPECT_EQ(message_of([] { make({{"dim", "1"}}); }), "--dim 1: rosenbrock needs at least 2");
  EXPECT_EQ(message_of([] {
              make({{"problem", "logistic"}});
            }),
            "--problem logistic: needs --data FILE, examples in LIBSVM format");
  EXPECT_NE(message_of([] {
              make({{"problem", "rosenbrok"}});
            }).find("must be one of rosenbrock"),
            std::string::npos);
}

TEST(StartingPoint, ReadsNumbersAndRefusesWrongOnes) {
  const Rosenbrock problem(3, 100.0);
  EXPECT_EQ(starting_point(problem, "1,-2,0.5", 1), (std::vector<double>{1.0, -2.0, 0.5}));
  EXPECT_EQ(starting_point(problem, "0.5", 1), (std::vector<double>{0.5, 0.5, 0.5}));
  EXPECT_EQ(starting_point(problem, "standard", 1), problem.start());
  EXPECT_EQ(message_of([&] { starting_point(problem, "1,2", 1); }),
            "--start 1,2: 2 numbers for 3 coordinates; give one for each, or one for all");
  EXPECT_EQ(message_of([&] { starting_point(problem, "1,nan,2", 1); }),
            "--start 1,nan,2: 'nan' is not a finite number; give standard, normal, ball:R, or "
            "numbers separated by commas");
  EXPECT_NE(message_of([&] { starting_point(problem, "ball:0", 1); }).find("above 0"),
            std::string::npos);
}

TEST(StartingPoint, OfABallIsUniformInItsVolume) {
  const Rosenbrock problem(2, 100.0);
  // In the plane the squared radius of a uniform point is uniform in (0, R²): mean ½R² with
  // standard error R²/√(12 n).
  const int n = 4000;
  double sum = 0.0, greatest = 0.0;
  for (int i = 0; i < n; ++i) {
    const auto x = starting_point(problem, "ball:3", 1, i);
    sum += inner(x, x) / 9.0;
    greatest = std::max(greatest, inner(x, x) / 9.0);
  }
  EXPECT_NEAR(sum / n, 0.5, 4.5 / std::sqrt(12.0 * n));
  EXPECT_LE(greatest, 1.0);
}

}  // namespace
}  // namespace zo
