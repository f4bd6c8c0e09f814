#include "src/estimators/scaled_solve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "src/base/error.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(ScaledSolve, IsNewtonsWhereNothingIsFlooredWhateverTheScale) {
  // H = [[4, 1], [1, 3]], g = (10, 0.1): H⁻¹g = (29.9, −9.6)/11.
  ScaledSolve solve(0.0, 0.9, 0.0, 2);
  std::vector<double> packed = {4.0, 1.0, 3.0};
  const BlockStep step =
      solve.step({{0, 1}, 2}, packed, std::vector<double>{10.0, 0.1}, {1e-12, 0.0}, 0.0);
  EXPECT_NEAR(step.w[0], 29.9 / 11.0, 1e-12);
  EXPECT_NEAR(step.w[1], -9.6 / 11.0, 1e-12);
  EXPECT_EQ(step.clipped, 0.0);
  EXPECT_EQ(packed, (std::vector<double>{4.0, 1.0, 3.0}));
}

TEST(ScaledSolve, IsAdamsOverTheFloorWhereAllIsFloored) {
  // Two steps on coordinates 4, 2, 0 of five, in turn g = (1, −2, 8) and (3, 2, 0.5).
  const double beta1 = 0.75, beta2 = 0.5;
  ScaledSolve solve(beta1, beta2, 0.5, 5);
  const Subspace subspace{{4, 2, 0}, 1};
  const double g[2][3] = {{1.0, -2.0, 8.0}, {3.0, 2.0, 0.5}};
  std::vector<double> w;
  for (const auto& row : g) {
    std::vector<double> packed = {0.1, -0.2, 0.0};
    w = solve.step(subspace, packed, row, {100.0, 0.0}, 0.0).w;
  }
  double mean[3], loud[3];
  for (int i = 0; i < 3; ++i) {
    mean[i] = 0.25 * (beta1 * g[0][i] + g[1][i]) / (1.0 - beta1 * beta1);
    const double square = 0.5 * (beta2 * g[0][i] * g[0][i] + g[1][i] * g[1][i]);
    loud[i] = std::sqrt(square / (1.0 - beta2 * beta2));
  }
  ASSERT_TRUE(loud[1] < loud[0] && loud[0] < loud[2]);
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(w[i], mean[i] / std::max(loud[i] / loud[0], 0.5) / 100.0, 1e-15) << i;
  }
}

TEST(ScaledSolve, FloorsEigenvaluesInTheScaleOfTheGradients) {
  // One step from nothing: Ŝ = g², so with g = (4, 1, 2) R = (2, ½, 1), and floor 0.75 makes it
  // (2, ¾, 1). H = R^½ Q diag(5, −0.1, 0.3) Qᵀ R^½.
  const double r[] = {2.0, 0.75, 1.0}, values[] = {5.0, -0.1, 0.3}, floored[] = {5.0, 0.5, 0.5};
  const Eigen::MatrixXd q =
      Eigen::HouseholderQR<Eigen::MatrixXd>(random_matrix(7, 3, 3)).householderQ();
  std::vector<double> packed;
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k <= i; ++k) {
      double entry = 0.0;
      for (int e = 0; e < 3; ++e) entry += q(i, e) * values[e] * q(k, e);
      packed.push_back(std::sqrt(r[i] * r[k]) * entry);
    }
  }
  const double g[] = {4.0, 1.0, 2.0};
  ScaledSolve solve(0.9, 0.99, 0.75, 3);
  const BlockStep step = solve.step({{0, 1, 2}, 3}, packed, g, {0.5, 0.0}, 0.0);
  for (int i = 0; i < 3; ++i) {
    double expected = 0.0;
    for (int k = 0; k < 3; ++k) {
      double entry = 0.0;
      for (int e = 0; e < 3; ++e) entry += q(i, e) / floored[e] * q(k, e);
      expected += entry / std::sqrt(r[i] * r[k]) * g[k];
    }
    EXPECT_NEAR(step.w[i], expected, 1e-13) << i;
  }
  EXPECT_NEAR(step.median, 0.3, 1e-13);
  EXPECT_NEAR(step.clipped, 2.0 / 3.0, 1e-15);
}

TEST(ScaledSolve, ABlockThatIsNotFiniteBecomesTheMedianInTheScale) {
  ScaledSolve solve(0.0, 0.0, 0.0, 3);
  std::vector<double> packed = {3.0, 8.0, kNaN};
  const double g[] = {1.0, 2.0, 4.0};  // R = (½, 1, 2), scaled curvature 6 and 8
  const BlockStep step = solve.step({{0, 1, 2}, 1}, packed, g, {1e-3, 0.0}, 0.0);
  EXPECT_EQ(step.replaced, 1);
  EXPECT_NEAR(step.median, 8.0, 1e-14);
  EXPECT_NEAR(packed[2], 16.0, 1e-14);
  EXPECT_NEAR(step.w[2], 4.0 / 16.0, 1e-15);
  EXPECT_EQ(packed[0], 3.0);
}

TEST(ScaledSolve, WithoutCurvatureTheMeanIsDividedByTheScale) {
  ScaledSolve solve(0.5, 0.0, 0.6, 3);
  const Subspace subspace{{0, 1, 2}, 2};
  solve.step(subspace, std::vector<double>{3.0, 3.0, 3.0});
  const std::vector<double> v = solve.step(subspace, std::vector<double>{1.0, -2.0, 8.0});
  EXPECT_NEAR(v[0], (0.25 * 3.0 + 0.5 * 1.0) / 0.75 / 0.6, 1e-15);  // R = (½, 1, 4), the least 0.6
  EXPECT_NEAR(v[1], (0.25 * 3.0 - 0.5 * 2.0) / 0.75, 1e-15);
  EXPECT_NEAR(v[2], (0.25 * 3.0 + 0.5 * 8.0) / 0.75 / 4.0, 1e-15);
}

TEST(ScaledSolve, CoordinatesThatNeverHadAGradientStay) {
  ScaledSolve solve(0.9, 0.999, 0.0, 3);
  std::vector<double> packed = {1.0, 1.0, 1.0};
  for (const double g : {0.0, 2.0}) {
    const BlockStep step =
        solve.step({{0, 1, 2}, 1}, packed, std::vector<double>{0.0, g, g}, {1.0, 0.0}, 0.0);
    EXPECT_EQ(step.w[0], 0.0);
    EXPECT_TRUE(std::isfinite(step.w[1]));
  }
}

TEST(ScaledSolve, ContinuesFromItsSavedStateBitForBit) {
  const Subspace subspace{{3, 1}, 2};
  ScaledSolve straight(0.9, 0.99, 0.5, 4), resumed(0.9, 0.99, 0.5, 4);
  straight.step(subspace, std::vector<double>{1.0, -0.5});
  State state;
  straight.save(state);
  resumed.load(state);
  const std::vector<double> g = {0.25, 2.0};
  EXPECT_EQ(straight.step(subspace, g), resumed.step(subspace, g));
  ScaledSolve other(0.9, 0.99, 0.5, 5);
  EXPECT_THROW(other.load(state), Error);
}

}  // namespace
}  // namespace zo
