#include "src/estimators/coordinate_hessian.h"

#include <gtest/gtest.h>

#include <limits>

#include "src/base/error.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

TEST(CoordinateHessian, IsExactOnQuadraticsForTheStatedQueries) {
  const std::int64_t d = 9;
  const Eigen::MatrixXd a = random_symmetric(1, d);
  const Eigen::VectorXd b = random_matrix(2, d, 1);
  FunctionOracle oracle(quadratic(a, b), std::vector<double>(d, 0.3));
  const auto matrix = coordinate_hessian(oracle, 0.1);
  for (std::int64_t i = 0; i < d; ++i) {
    for (std::int64_t k = 0; k < d; ++k) EXPECT_NEAR(matrix[i * d + k], a(i, k), 1e-12 / 0.01);
  }
  EXPECT_EQ(oracle.ledger().queries(), 1 + 9 + 45);
}

TEST(CoordinateHessian, RefusesWhatItCannotDo) {
  FunctionOracle large(diagonal(std::vector<double>(1001, 1.0)), std::vector<double>(1001, 0.0));
  EXPECT_THROW(coordinate_hessian(large, 0.1), Error);
  FunctionOracle infinite(
      [](std::span<const double>, std::int64_t) { return std::numeric_limits<double>::infinity(); },
      {0.0});
  EXPECT_THROW(coordinate_hessian(infinite, 0.1), Error);
}

}  // namespace
}  // namespace zo
