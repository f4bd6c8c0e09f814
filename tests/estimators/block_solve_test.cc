#include "src/estimators/block_solve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

Subspace slots(std::int64_t m, std::int64_t block) { return {std::vector<std::int64_t>(m), block}; }

/// Appends a symmetric matrix as one packed block of `subspace`.
void append_block(std::vector<double>& packed, const Subspace& subspace, const Eigen::MatrixXd& h) {
  std::vector<double> block(subspace.packed(), 0.0);
  for (std::int64_t i = 0; i < h.rows(); ++i) {
    for (std::int64_t k = 0; k <= i; ++k) block[packed_index(i, k)] = h(i, k);
  }
  packed.insert(packed.end(), block.begin(), block.end());
}

/// Orthogonal matrix of a random one's QR.
Eigen::MatrixXd rotation(std::uint64_t seed, std::int64_t n) {
  return Eigen::HouseholderQR<Eigen::MatrixXd>(random_matrix(seed, n, n)).householderQ();
}

TEST(BlockSolve, InvertsModuliOfChosenEigenvaluesForAnyBlockSize) {
  for (const std::int64_t n : {1, 2, 3, 5, 16, 64}) {
    const Eigen::MatrixXd q = rotation(n, n);
    Eigen::VectorXd values(n), floored(n);
    for (std::int64_t i = 0; i < n; ++i) {
      values[i] = (i % 2 == 0 ? 1.0 : -1.0) * (0.01 + 0.3 * static_cast<double>(i));
      floored[i] = std::max(std::fabs(values[i]), 0.2);
    }
    const Subspace subspace = slots(n, n);
    std::vector<double> packed;
    append_block(packed, subspace, q * values.asDiagonal() * q.transpose());
    const Eigen::VectorXd g = random_matrix(100 + n, n, 1);
    const Eigen::VectorXd expected = q * floored.cwiseInverse().asDiagonal() * q.transpose() * g;
    const BlockStep step =
        solve_blocks(subspace, packed, {g.data(), static_cast<std::size_t>(n)}, {0.2, 0.0}, 0.0);
    for (std::int64_t i = 0; i < n; ++i) EXPECT_NEAR(step.w[i], expected[i], 1e-12) << n;
    EXPECT_EQ(step.clipped, 1.0 / static_cast<double>(n));  // only the first is below 0.2
    EXPECT_EQ(step.kappa, 0.2);
  }
}

TEST(BlockSolve, SolvesEveryBlockWithItsOwnHessian) {
  const Subspace subspace = slots(5, 2);
  std::vector<double> packed = {2.0, 0.0, 4.0, 1.0, 0.0, -8.0, 16.0, 0.0, 0.0};
  const std::vector<double> g = {1.0, 1.0, 1.0, 1.0, 1.0};
  const BlockStep step = solve_blocks(subspace, packed, g, {1e-3, 0.0}, 0.0);
  EXPECT_EQ(step.w, (std::vector<double>{0.5, 0.25, 1.0, 0.125, 0.0625}));
  EXPECT_EQ(step.median, 4.0);
  EXPECT_EQ(step.clipped, 0.0);
}

TEST(BlockSolve, RelativeFloorIsAShareOfTheMedianModulus) {
  const Subspace subspace = slots(3, 1);
  std::vector<double> packed = {0.1, -10.0, 200.0};
  const std::vector<double> g = {1.0, 1.0, 1.0};
  const BlockStep relative = solve_blocks(subspace, packed, g, {0.0, 0.5}, 0.0);
  EXPECT_EQ(relative.kappa, 5.0);
  EXPECT_EQ(relative.w[0], 0.2);
  EXPECT_EQ(relative.w[1], 0.1);
  EXPECT_NEAR(relative.clipped, 1.0 / 3.0, 1e-15);
  EXPECT_EQ(solve_blocks(subspace, packed, g, {20.0, 0.5}, 0.0).kappa, 20.0);
}

TEST(BlockSolve, BlockThatIsNotFiniteTakesTheMedianCurvature) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Subspace subspace = slots(4, 2);
  std::vector<double> packed = {nan, nan, nan, 2.0, 0.0, 8.0};
  const std::vector<double> g = {1.0, 2.0, 1.0, 1.0};
  const BlockStep step = solve_blocks(subspace, packed, g, {0.1, 0.0}, 99.0);
  EXPECT_EQ(step.replaced, 1);
  EXPECT_EQ(step.median, 8.0);
  EXPECT_EQ(step.w, (std::vector<double>{0.125, 0.25, 0.5, 0.125}));
  EXPECT_EQ(packed, (std::vector<double>{8.0, 0.0, 8.0, 2.0, 0.0, 8.0}));
}

TEST(BlockSolve, FallbackHoldsWhereNoBlockIsFinite) {
  const Subspace subspace = slots(2, 2);
  std::vector<double> packed = {1.0, 1e200, 1.0};  // squares overflow: as good as infinite
  const std::vector<double> g = {3.0, 6.0};
  const BlockStep step = solve_blocks(subspace, packed, g, {0.1, 0.0}, 3.0);
  EXPECT_EQ(step.replaced, 1);
  EXPECT_EQ(step.w, (std::vector<double>{1.0, 2.0}));
  packed = {0.0, 0.0, 0.0};
  EXPECT_EQ(solve_blocks(subspace, packed, g, {0.0, 0.5}, 0.0).w, (std::vector<double>{0.0, 0.0}));
}

}  // namespace
}  // namespace zo
