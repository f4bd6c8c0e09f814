#include "src/estimators/preconditioner.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>

#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

using Slots = std::vector<std::int64_t>;

std::vector<double> noise(int step, int count) {
  std::vector<double> g;
  for (int i = 0; i < count; ++i) g.push_back(0.3 + gaussian(7, step * 16 + i));
  return g;
}

TEST(GradientMoments, DiagonalFormIsAdam) {
  GradientMoments moments(
      {.kind = Preconditioner::Diagonal, .first_decay = 0.8, .second_decay = 0.95}, 3);
  std::vector<double> m(3, 0.0), v(3, 0.0), out;
  for (int step = 1; step <= 7; ++step) {
    const auto g = noise(step, 3);
    out = moments.direction(Slots({2, 0, 1}), g);
    for (int s = 0; s < 3; ++s) {
      m[s] = 0.8 * m[s] + 0.2 * g[s];
      v[s] = 0.95 * v[s] + 0.05 * g[s] * g[s];
      const double mean = m[s] / (1.0 - std::pow(0.8, step));
      const double root = std::sqrt(v[s] / (1.0 - std::pow(0.95, step)));
      EXPECT_NEAR(out[s], mean / (root + 1e-8), 1e-13);
    }
  }
}

TEST(GradientMoments, PairFormIsTheInverseRootOfTheAveragedOuterProduct) {
  GradientMoments moments({.kind = Preconditioner::Pair, .first_decay = 0.8, .second_decay = 0.95},
                          2);
  Eigen::Vector2d m = Eigen::Vector2d::Zero();
  Eigen::Matrix2d c = Eigen::Matrix2d::Zero();
  for (int step = 1; step <= 9; ++step) {
    const auto g = noise(step, 2);
    const auto out = moments.direction(Slots({0, 1}), g);
    const Eigen::Vector2d now(g[0], g[1]);
    m = 0.8 * m + 0.2 * now;
    c = 0.95 * c + 0.05 * now * now.transpose();
    if (step == 1) continue;  // C has rank one
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix2d> solver(c / (1.0 - std::pow(0.95, step)));
    const Eigen::Vector2d expected = solver.operatorInverseSqrt() * m / (1.0 - std::pow(0.8, step));
    // The floor of 1e-8 on roots of order one changes no more than some 1e-8 / root².
    EXPECT_NEAR(out[0], expected[0], 1e-6);
    EXPECT_NEAR(out[1], expected[1], 1e-6);
  }
}

TEST(GradientMoments, FirstStepOfAPairHasLengthOneAlongTheGradient) {
  GradientMoments moments({.kind = Preconditioner::Pair}, 2);
  const auto out = moments.direction(Slots({0, 1}), std::vector<double>{3.0, -4.0});
  EXPECT_NEAR(out[0], 0.6, 1e-7);
  EXPECT_NEAR(out[1], -0.8, 1e-7);
}

TEST(GradientMoments, NewPartnersStartNearTheDiagonalForm) {
  // After 50 steps alone with others, one step together: C_ab is one product of 50.
  GradientMoments pair({.kind = Preconditioner::Pair}, 4);
  GradientMoments diagonal({.kind = Preconditioner::Diagonal}, 4);
  for (int step = 0; step < 50; ++step) {
    pair.direction(Slots({0, 2, 1, 3}), noise(step, 4));
    diagonal.direction(Slots({0, 2, 1, 3}), noise(step, 4));
  }
  const auto a = pair.direction(Slots({0, 1, 2, 3}), noise(51, 4));
  const auto b = diagonal.direction(Slots({0, 1, 2, 3}), noise(51, 4));
  for (int s = 0; s < 4; ++s) EXPECT_NEAR(a[s], b[s], 0.05);
  EXPECT_NE(a[0], b[0]);
}

TEST(GradientMoments, LastOfAnOddNumberAndUnseenGradientsAreHarmless) {
  GradientMoments moments({.kind = Preconditioner::Pair}, 3);
  const auto out = moments.direction(Slots({0, 1, 2}), std::vector<double>{0.0, 0.0, -2.0});
  EXPECT_EQ(out[0], 0.0);
  EXPECT_EQ(out[1], 0.0);
  EXPECT_NEAR(out[2], -1.0, 1e-7);
}

TEST(GradientMoments, ContinuesFromItsSavedStateBitForBit) {
  for (const Preconditioner kind : {Preconditioner::Diagonal, Preconditioner::Pair}) {
    GradientMoments one({.kind = kind}, 5), two({.kind = kind}, 5);
    for (int step = 0; step < 5; ++step) one.direction(Slots({4, 1, 0}), noise(step, 3));
    State state;
    one.save(state);
    two.load(state);
    EXPECT_EQ(one.direction(Slots({4, 1, 3, 0}), noise(9, 4)),
              two.direction(Slots({4, 1, 3, 0}), noise(9, 4)));
  }
}

}  // namespace
}  // namespace zo
