#include "src/estimators/power_iteration.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>

#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

constexpr std::int64_t kD = 8;

std::vector<std::vector<double>> random_columns(std::int64_t n) {
  const Eigen::MatrixXd m = random_matrix(5, kD, n);
  std::vector<std::vector<double>> columns;
  for (std::int64_t i = 0; i < n; ++i) columns.emplace_back(m.col(i).begin(), m.col(i).end());
  return columns;
}

TEST(PowerIteration, TheProductIsExactOnQuadraticsForFourQueriesACoordinate) {
  const Eigen::MatrixXd a = random_symmetric(1, kD);
  const Eigen::VectorXd b = random_matrix(2, kD, 1), v = random_matrix(3, kD, 1);
  FunctionOracle oracle(quadratic(a, b), std::vector<double>(kD, 0.4));
  const auto product = hessian_product(oracle, {v.data(), kD}, 0.1);
  const Eigen::VectorXd expected = a * v;
  for (std::int64_t i = 0; i < kD; ++i) EXPECT_NEAR(product[i], expected[i], 1e-14 / 0.01 * 10.0);
  EXPECT_EQ(oracle.ledger().probe, 4 * kD);
}

TEST(PowerIteration, FindsTheLeadingEigenpairsByModulus) {
  // Eigenvalues −9, 5, 1, …, 1: the error of the second falls like 5⁻ᵏ.
  const Eigen::MatrixXd q =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(random_symmetric(1, kD)).eigenvectors();
  Eigen::VectorXd values = Eigen::VectorXd::Ones(kD);
  values[0] = -9.0;
  values[1] = 5.0;
  const Eigen::MatrixXd a = q * values.asDiagonal() * q.transpose();
  FunctionOracle oracle(quadratic(a, Eigen::VectorXd::Zero(kD)), std::vector<double>(kD, 0.4));
  const RitzPairs pairs = power_iteration(oracle, random_columns(2), 20, 0.1);
  EXPECT_NEAR(pairs.values[0], -9.0, 1e-9);
  EXPECT_NEAR(pairs.values[1], 5.0, 1e-9);
  for (std::int64_t i = 0; i < 2; ++i) {
    const Eigen::Map<const Eigen::VectorXd> v(pairs.columns[i].data(), kD);
    EXPECT_NEAR(v.norm(), 1.0, 1e-12);
    EXPECT_NEAR(std::abs(v.dot(q.col(i))), 1.0, 1e-9);
  }
  EXPECT_EQ(oracle.ledger().queries(), 4 * kD * 2 * 20);
}

TEST(PowerIteration, ALossThatIsNotFiniteMakesTheValuesNaN) {
  FunctionOracle oracle(
      [](std::span<const double>, std::int64_t) { return std::numeric_limits<double>::infinity(); },
      std::vector<double>(kD, 0.0));
  EXPECT_TRUE(std::isnan(power_iteration(oracle, random_columns(2), 3, 0.1).values[0]));
}

}  // namespace
}  // namespace zo
