#include "src/kernels/ridge_fit.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>

#include "src/base/philox.h"

namespace zo {
namespace {

double random_entry(std::uint64_t index) { return Philox(3, Purpose::Test).normal(index); }

TEST(RidgeFit, RecoversTheSolutionOfConsistentEquations) {
  const double truth[3] = {0.5, -2.0, 7.0};
  RidgeFit<double, 3> fit;
  for (std::uint64_t r = 0; r < 5; ++r) {
    const double row[3] = {random_entry(3 * r), random_entry(3 * r + 1), random_entry(3 * r + 2)};
    fit.add(row, row[0] * truth[0] + row[1] * truth[1] + row[2] * truth[2]);
  }
  double z[3];
  ASSERT_TRUE(fit.solve({0.0, 0.0, 0.0}, {9.0, 9.0, 9.0}, z));
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(z[i], truth[i], 1e-13);
}

TEST(RidgeFit, MinimisesTheStatedFunction) {
  // The same minimiser from a stacked least-squares system: rows, then √ρ_c S_c (z_c − prior_c) =
  // 0.
  const double ridge[5] = {0.0, 0.0, 0.3, 1.0, 2.0};
  const double prior[5] = {5.0, -5.0, 1.0, 2.0, 3.0};
  Eigen::MatrixXd stacked = Eigen::MatrixXd::Zero(11, 5);
  Eigen::VectorXd right = Eigen::VectorXd::Zero(11);
  RidgeFit<double, 5> fit;
  for (int r = 0; r < 6; ++r) {
    double row[5];
    for (int c = 0; c < 5; ++c) stacked(r, c) = row[c] = random_entry(100 + 5 * r + c);
    right[r] = random_entry(200 + r);
    fit.add(row, right[r]);
  }
  for (int c = 0; c < 5; ++c) {
    const double weight = std::sqrt(ridge[c]) * stacked.topRows(6).col(c).norm();
    stacked(6 + c, c) = weight;
    right[6 + c] = weight * prior[c];
  }
  const Eigen::VectorXd expected = stacked.colPivHouseholderQr().solve(right);
  double z[5];
  ASSERT_TRUE(fit.solve(ridge, prior, z));
  for (int c = 0; c < 5; ++c) EXPECT_NEAR(z[c], expected[c], 1e-12);
}

TEST(RidgeFit, DoesNotDependOnTheUnitsOfTheUnknowns) {
  RidgeFit<double, 3> plain, scaled;
  const double unit[3] = {1.0, 1024.0, 1.0 / 65536.0};  // powers of two: no rounding
  for (int r = 0; r < 4; ++r) {
    double row[3], other[3];
    for (int c = 0; c < 3; ++c) {
      row[c] = random_entry(300 + 3 * r + c);
      other[c] = row[c] * unit[c];
    }
    plain.add(row, random_entry(400 + r));
    scaled.add(other, random_entry(400 + r));
  }
  const double prior[3] = {1.0, 2.0, 3.0};
  double z[3], w[3];
  ASSERT_TRUE(plain.solve({0.5, 0.5, 0.5}, prior, z));
  ASSERT_TRUE(scaled.solve({0.5, 0.5, 0.5}, {1.0, 2.0 / 1024.0, 3.0 * 65536.0}, w));
  for (int c = 0; c < 3; ++c) EXPECT_EQ(z[c], w[c] * unit[c]);
}

TEST(RidgeFit, UnknownWithoutAnEquationKeepsItsPrior) {
  RidgeFit<double, 3> fit;
  fit.add({1.0, 0.0, 2.0}, 5.0);
  fit.add({0.0, 0.0, 1.0}, 1.0);
  double z[3];
  ASSERT_TRUE(fit.solve({0.0, 0.0, 0.0}, {8.0, 4.0, 8.0}, z));
  EXPECT_NEAR(z[0], 3.0, 1e-14);
  EXPECT_EQ(z[1], 4.0);
  EXPECT_NEAR(z[2], 1.0, 1e-14);
}

TEST(RidgeFit, ReportsASystemThatIsSingularOrNotFinite) {
  RidgeFit<double, 3> parallel;
  parallel.add({1.0, 1.0, 0.0}, 1.0);
  parallel.add({0.0, 0.0, 1.0}, 1.0);
  double z[3];
  EXPECT_FALSE(parallel.solve({0.0, 0.0, 0.0}, {0.0, 0.0, 0.0}, z));
  EXPECT_TRUE(parallel.solve({1e-6, 1e-6, 1e-6}, {0.0, 0.0, 0.0}, z));
  EXPECT_NEAR(z[0], 0.5, 1e-6);  // the ridge shares what the equations leave open
  RidgeFit<double, 3> broken;
  broken.add({1.0, 0.0, 0.0}, std::nan(""));
  EXPECT_FALSE(broken.solve({1.0, 1.0, 1.0}, {0.0, 0.0, 0.0}, z));
}

}  // namespace
}  // namespace zo
