#include "src/estimators/fisher_step.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "src/base/error.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// No memory, no floor, hardly any damping: the pure step.
FisherOptions bare() {
  return {.damping = 1e-13, .trust = 1.0, .first_decay = 0.0, .second_decay = 0.0, .floor = 0.0};
}

TEST(FisherStep, OfOneCoordinateIsTheDampedQuotientAtTheLengthOfTheRegion) {
  // J = (1, 3): mean 2, mean square 5 = D², F = 1, w = (2/√5)/(1 + λ), wᵀ(M/D) = 0.8/(1 + λ).
  for (const double damping : {0.25, 3.0}) {
    FisherOptions options;
    options.damping = damping;
    options.trust = 0.09;
    FisherStep fisher(options, 4);
    const Subspace subspace{{2}, 1};
    fisher.begin(subspace);
    const std::vector<double> v = fisher.step(subspace, std::vector<double>{1.0, 3.0}, 2);
    const double decrement = 0.8 / (1.0 + damping);
    EXPECT_NEAR(fisher.decrement(), decrement, 1e-15);
    EXPECT_NEAR(v[0], 0.3 / std::sqrt(decrement) * (2.0 / 5.0) / (1.0 + damping), 1e-15);
  }
}

TEST(FisherStep, OnResidualsOfUnitSizeLandsInTheMinimumOfLeastSquares) {
  // f_n = ½(a_nᵀx − y_n)² with residuals r_n = ±1 at x: g_n = r_n a_n, so the mean of g_n g_nᵀ is
  // the Hessian H = mean a_n a_nᵀ, and x − H⁻¹g is the minimum.
  const double a[4][2] = {{1, 2}, {3, -1}, {-2, 2}, {0.5, 1}}, r[4] = {1, -1, 1, 1};
  std::vector<double> quotients(8);
  double h[2][2] = {}, g[2] = {};
  for (int n = 0; n < 4; ++n) {
    for (int i = 0; i < 2; ++i) {
      quotients[4 * i + n] = r[n] * a[n][i];
      g[i] += r[n] * a[n][i] / 4;
      for (int k = 0; k < 2; ++k) h[i][k] += a[n][i] * a[n][k] / 4;
    }
  }
  const double det = h[0][0] * h[1][1] - h[0][1] * h[0][1];
  const double newton[] = {(h[1][1] * g[0] - h[0][1] * g[1]) / det,
                           (h[0][0] * g[1] - h[0][1] * g[0]) / det};
  FisherOptions options = bare();
  options.trust = newton[0] * g[0] + newton[1] * g[1];  // the whole step
  FisherStep fisher(options, 2);
  const Subspace subspace{{0, 1}, 2};
  fisher.begin(subspace);
  const std::vector<double> v = fisher.step(subspace, quotients, 4);
  EXPECT_NEAR(v[0], newton[0], 1e-11);
  EXPECT_NEAR(v[1], newton[1], 1e-11);
  EXPECT_NEAR(fisher.decrement(), options.trust, 1e-11);
}

TEST(FisherStep, DampsByTheBlockOverTheExamplesWhereNoDampingIsGiven) {
  // Two examples; rows of mean 2, mean square 5: w as above. A block of one: λ = ½. Two equal rows in
  // a block of two: λ = 1 and (F + I)⁻¹(1, 1)·2/√5, F all ones.
  FisherStep fisher({.damping = 0.0}, 2);
  const Subspace one{{0}, 1}, two{{0, 1}, 2};
  fisher.begin(one);
  fisher.step(one, std::vector<double>{1.0, 3.0}, 2);
  EXPECT_NEAR(fisher.decrement(), 0.8 / 1.5, 1e-15);
  FisherStep both({.damping = 0.0}, 2);
  both.begin(two);
  both.step(two, std::vector<double>{1.0, 3.0, 1.0, 3.0}, 2);
  EXPECT_NEAR(both.decrement(), 2.0 * 0.8 / 3.0, 1e-14);
}

TEST(FisherStep, TellsTheVarianceOfEveryMeanQuotient) {
  // Sample variances of (1, 3) and (2, 3), 2 and ½, over the two examples.
  FisherStep fisher({}, 3);
  const Subspace subspace{{0, 2, 1}, 3};
  fisher.begin(subspace);
  fisher.step(subspace, std::vector<double>{1.0, 3.0, 2.0, 3.0, kNaN, 1.0}, 2);
  ASSERT_EQ(fisher.noise().size(), 3u);
  EXPECT_NEAR(fisher.noise()[0], 1.0, 1e-15);
  EXPECT_NEAR(fisher.noise()[1], 0.25, 1e-15);
  EXPECT_EQ(fisher.noise()[2], 0.0);  // of a row that was left out
}

TEST(FisherStep, CutsTheMatrixIntoTheBlocksOfTheSubspace) {
  // Rows 0 and 1 are equal, row 2 is not: together the equal ones share a step, apart each takes its
  // own, whatever stands in the other blocks.
  const std::vector<double> quotients = {2, 0, 2, 0, 0, 1};
  std::vector<std::vector<double>> steps;
  for (const std::int64_t block : {1, 2}) {
    FisherOptions options;
    options.trust = 1.0;
    FisherStep fisher(options, 3);
    const Subspace subspace{{0, 1, 2}, block};
    fisher.begin(subspace);
    std::vector<double> v = fisher.step(subspace, quotients, 2);
    for (double& entry : v) entry *= std::sqrt(fisher.decrement());  // t = 1
    steps.push_back(v);
  }
  // Scaled rows: mean 1/√2 over D = √2, F_ii = 1 and F_01 = 1; row 2: mean ½, D = √½.
  EXPECT_NEAR(steps[0][0], 0.5 / 2.0, 1e-14);
  EXPECT_NEAR(steps[0][1], 0.5 / 2.0, 1e-14);
  EXPECT_NEAR(steps[1][0], 0.5 / 3.0, 1e-14);
  EXPECT_NEAR(steps[1][1], 0.5 / 3.0, 1e-14);
  EXPECT_NEAR(steps[0][2], 1.0 / 2.0, 1e-14);
  EXPECT_NEAR(steps[1][2], 1.0 / 2.0, 1e-14);
}

TEST(FisherStep, AveragesTheMatrixOverThePeriodAndForgetsItAtTheNext) {
  const Subspace subspace{{0, 1}, 2};
  FisherOptions options = bare();
  options.damping = 1.0;
  FisherStep fisher(options, 2);
  fisher.begin(subspace);
  // One example a step: scaled rows (1, 1), then (1, −1), whose mean matrix is the identity.
  fisher.step(subspace, std::vector<double>{2, 3}, 1);
  EXPECT_NEAR(fisher.decrement(), 2.0 / 3.0, 1e-14);  // (F + I)⁻¹ on (1, 1), F = all ones
  fisher.step(subspace, std::vector<double>{2, -3}, 1);
  EXPECT_NEAR(fisher.decrement(), 2.0 / 2.0, 1e-14);
  fisher.begin(subspace);
  fisher.step(subspace, std::vector<double>{2, -3}, 1);
  EXPECT_NEAR(fisher.decrement(), 2.0 / 3.0, 1e-14);
}

TEST(FisherStep, RemembersMeanAndScaleOfACoordinateByItsOwnVisits) {
  FisherOptions options = bare();
  options.damping = 1.0;
  options.first_decay = 0.5;
  options.second_decay = 0.75;
  FisherStep fisher(options, 2);
  const Subspace first{{0}, 1}, other{{1}, 1};
  fisher.begin(first);
  fisher.step(first, std::vector<double>{4.0}, 1);
  EXPECT_NEAR(fisher.decrement(), 0.5, 1e-15);  // freed of the start: M̂ = D = 4
  fisher.begin(other);
  fisher.step(other, std::vector<double>{-7.0}, 1);
  fisher.begin(first);
  fisher.step(first, std::vector<double>{1.0}, 1);
  const double mean = (0.5 * 0.5 * 4.0 + 0.5 * 1.0) / (1.0 - 0.25);
  const double square = (0.75 * 0.25 * 16.0 + 0.25 * 1.0) / (1.0 - 0.5625);
  EXPECT_NEAR(fisher.decrement(), mean * mean / square / (1.0 / square + 1.0), 1e-14);
}

TEST(FisherStep, ADeadCoordinateIsScaledByTheFloorAndDoesNotMoveFar) {
  FisherOptions options;
  options.trust = 1.0;
  FisherStep fisher(options, 3);
  const Subspace subspace{{0, 1, 2}, 1};
  fisher.begin(subspace);
  // Scales 1e-9, 2 and 4 of constant rows: the first becomes ½·2.
  const std::vector<double> v = fisher.step(subspace, std::vector<double>{1e-9, 2.0, 4.0}, 1);
  const double t = 1.0 / std::sqrt(fisher.decrement());
  EXPECT_NEAR(v[0], t * 1e-9, 1e-15);
  EXPECT_NEAR(v[1], t * 0.5 / 2.0, 1e-15);
  EXPECT_NEAR(v[2], t * 0.5 / 4.0, 1e-15);
}

TEST(FisherStep, StaysWhereNothingWasEverSeen) {
  FisherStep fisher({}, 2);
  const Subspace subspace{{0, 1}, 2};
  fisher.begin(subspace);
  const std::vector<double> v = fisher.step(subspace, std::vector<double>{0.0, kNaN}, 1);
  EXPECT_EQ(v, (std::vector<double>{0.0, 0.0}));
}

TEST(FisherStep, ARowThatIsNotFiniteMovesByWhatIsRememberedOfIt) {
  FisherOptions options;
  options.trust = 1.0;
  FisherStep fisher(options, 2);
  const Subspace subspace{{0, 1}, 1};
  fisher.begin(subspace);
  fisher.step(subspace, std::vector<double>{1, 1, 2, 2}, 2);
  const std::vector<double> v = fisher.step(subspace, std::vector<double>{1, 1, 2, kNaN}, 2);
  const double t = 1.0 / std::sqrt(fisher.decrement());
  EXPECT_NEAR(v[0], t * 1.0 / 2.0, 1e-14);
  // M̂ = 2 and D = 2 stay; its part of the matrix is the mean of 1 and 0.
  EXPECT_NEAR(v[1], t * (1.0 / 1.5) / 2.0, 1e-14);
}

TEST(FisherStep, ABlockOfThousandsIsSolvedAsOneAndContinuesBitForBit) {
  const std::int64_t m = FisherBlock::kLongestMatrix + 6, examples = 3;
  const FisherOptions options{.damping = 0.5, .trust = 1.0, .first_decay = 0.0, .floor = 0.0};
  Subspace subspace{std::vector<std::int64_t>(m), m};
  std::iota(subspace.coordinates.begin(), subspace.coordinates.end(), std::int64_t{0});
  const Eigen::MatrixXd transposed = random_matrix(3, examples, m);  // column-major: rows of J
  const std::span<const double> quotients(transposed.data(), m * examples);
  FisherStep straight(options, m), saved(options, m), resumed(options, m);
  straight.begin(subspace);
  saved.begin(subspace);
  const std::vector<double> v = straight.step(subspace, quotients, examples);
  saved.step(subspace, quotients, examples);

  Eigen::MatrixXd j = transposed.transpose();
  const Eigen::VectorXd scale = (j.rowwise().squaredNorm() / examples).cwiseSqrt();
  for (std::int64_t s = 0; s < m; ++s) j.row(s) /= scale[s];
  const Eigen::VectorXd g = j.rowwise().mean();
  const Eigen::MatrixXd damped =
      j * j.transpose() / examples + 0.5 * Eigen::MatrixXd::Identity(m, m);
  const Eigen::VectorXd w = damped.llt().solve(g);
  EXPECT_NEAR(straight.decrement(), w.dot(g), 1e-10 * w.dot(g));
  for (std::int64_t s = 0; s < m; ++s) {
    EXPECT_NEAR(v[s] * std::sqrt(straight.decrement()), w[s] / scale[s], 1e-10);
  }

  State state;
  saved.save(state);
  resumed.load(state, subspace);
  EXPECT_EQ(resumed.step(subspace, quotients, examples),
            straight.step(subspace, quotients, examples));
}

TEST(FisherStep, ContinuesFromItsSavedStateBitForBit) {
  const Subspace subspace{{3, 1, 0}, 2};
  const std::vector<double> first = {1, 2, -1, 3, 0.5, 2}, second = {0, 1, 1, 1, -2, 5};
  FisherStep straight({}, 4), saved({}, 4), resumed({}, 4);
  for (FisherStep* fisher : {&straight, &saved}) {
    fisher->begin(subspace);
    fisher->step(subspace, first, 2);
  }
  State state;
  saved.save(state);
  resumed.load(state, subspace);
  EXPECT_EQ(resumed.step(subspace, second, 2), straight.step(subspace, second, 2));
  EXPECT_THROW(FisherStep({}, 5).load(state, subspace), Error);
  const Subspace other{{3, 1, 0}, 3};
  EXPECT_THROW(FisherStep({}, 4).load(state, other), Error);
}

}  // namespace
}  // namespace zo
