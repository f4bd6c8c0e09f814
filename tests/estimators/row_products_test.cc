#include "src/estimators/row_products.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>

#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

TEST(RowProducts, AddTheProductOfTheTransposeWhateverTheSizes) {
  for (const std::int64_t rows : {1, 64, 65, 200}) {
    for (const std::int64_t columns : {1, 3, 4, 16, 19, 36}) {
      const Matrix a = random_matrix(1, rows, columns), b = random_matrix(2, rows, columns);
      const std::int64_t stride = columns + 5;
      Matrix sum = random_matrix(3, columns, stride);
      Matrix truth = sum;
      truth.leftCols(columns) += a.transpose() * b;
      add_row_products(a.data(), b.data(), rows, columns, sum.data(), stride);
      // Sums of `rows` products of numbers of size one.
      const double bound = 2 * static_cast<double>(rows + 1) * 0x1p-53 *
                           (a.cwiseAbs().transpose() * b.cwiseAbs()).maxCoeff();
      EXPECT_LE((sum - truth).cwiseAbs().maxCoeff(), bound + 1e-15) << rows << " x " << columns;
      EXPECT_EQ(sum.rightCols(5), truth.rightCols(5));
    }
  }
}

}  // namespace
}  // namespace zo
