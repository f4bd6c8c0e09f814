#include "src/study/inverse_error.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <vector>

namespace zo {
namespace {

constexpr double kMu = 0.3, kLambda = 0.7, kNormaliser = 3.0;

std::vector<double> gram_of(const Eigen::MatrixXd& u) {
  const Eigen::MatrixXd g = u.transpose() * u;
  return {g.data(), g.data() + g.size()};
}

Deviations four(double a, double b, double c, double d) { return {{a, b, c, d}, kNormaliser}; }

TEST(InverseErrorTest, IsThatOfTheMatricesThemselves) {
  Eigen::MatrixXd u(6, 4);
  u << 1.1, -0.3, 0.4, 0.2, 0.5, 0.9, -1.2, 0.3, -0.7, 0.8, 0.1, 1.4, 0.2, -1.1, 0.6, -0.5, 1.3,
      0.4, 0.7, -0.2, -0.6, 0.3, 0.9, 1.0;
  const Deviations losses = four(0.4, -0.5, 0.3, -0.2);
  const Eigen::Map<const Eigen::Vector4d> f(losses.value.data());
  const Eigen::Vector4d nu = f / (kMu * kMu);
  const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(6, 6);
  const Eigen::MatrixXd h = u * (nu / kNormaliser).asDiagonal() * u.transpose();
  const Eigen::MatrixXd exact = (h + kLambda * identity).inverse();
  const Eigen::VectorXd g = u * f / (kMu * kNormaliser);
  Eigen::MatrixXd short_form = identity / kLambda;
  Eigen::VectorXd shared = g / kLambda;
  for (int k = 0; k < 4; ++k) {
    const Eigen::VectorXd v = u.col(k);
    const double denominator = kLambda * kNormaliser + nu[k] * v.squaredNorm();
    short_form -= nu[k] / (kLambda * denominator) * v * v.transpose();
    // ĝ without sample k, over one sample less.
    const Eigen::VectorXd others =
        (g - f[k] / (kMu * kNormaliser) * v) * kNormaliser / (kNormaliser - 1.0);
    shared -= nu[k] / (kLambda * denominator) * v.dot(others) * v;
  }
  const InverseError error = inverse_error(losses, gram_of(u), kMu, kLambda);
  EXPECT_NEAR(
      error.inverse, (exact - short_form).norm() / (exact - identity / kLambda).norm(), 1e-10);
  EXPECT_NEAR(error.product, (exact * g - shared).norm() / (exact * g).norm(), 1e-10);
  EXPECT_NEAR(error.beside_gradient, (kLambda * shared - g).norm() / g.norm(), 1e-10);
}

TEST(InverseErrorTest, OrthogonalDirectionsMakeTheInverseExactAndTheProductTheGradient) {
  Eigen::MatrixXd u = Eigen::MatrixXd::Zero(6, 4);
  for (int k = 0; k < 4; ++k) u(k, k) = std::sqrt(6.0);
  const InverseError error = inverse_error(four(0.4, -0.1, 0.3, -0.02), gram_of(u), kMu, kLambda);
  EXPECT_LT(error.inverse, 1e-14);
  EXPECT_LT(error.beside_gradient, 1e-14);
  EXPECT_GT(error.product, 0.1);  // so all of the curvature is missing
}

}  // namespace
}  // namespace zo
