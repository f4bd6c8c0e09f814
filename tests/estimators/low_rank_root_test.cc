#include "src/estimators/low_rank_root.h"

#include <gtest/gtest.h>

#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

/// The matrix that `root` applies.
Eigen::MatrixXd matrix_of(const LowRankRoot& root, std::int64_t d) {
  Eigen::MatrixXd m(d, d);
  for (std::int64_t i = 0; i < d; ++i) {
    std::vector<double> unit(d, 0.0);
    unit[i] = 1.0;
    const auto column = root.apply(unit);
    m.col(i) = Eigen::Map<const Eigen::VectorXd>(column.data(), d);
  }
  return m;
}

TEST(LowRankRoot, IsTheInverseRootOfTheDenseMatrixWhateverTheScales) {
  const std::int64_t d = 12, n = 5;
  const Eigen::MatrixXd v = random_matrix(1, d, n);
  for (const double lambda : {1e-3, 1.0, 1e3}) {
    for (const double size : {1e-6, 1.0, 1e2}) {
      std::vector<std::vector<double>> columns;
      std::vector<double> weights;
      for (std::int64_t i = 0; i < n; ++i) {
        columns.emplace_back(v.col(i).begin(), v.col(i).end());
        weights.push_back(i == 2 ? 0.0 : size * static_cast<double>(i + 1));
      }
      Eigen::MatrixXd h = Eigen::MatrixXd::Identity(d, d) * lambda;
      for (std::int64_t i = 0; i < n; ++i) h += weights[i] * v.col(i) * v.col(i).transpose();
      const Eigen::MatrixXd root = matrix_of(LowRankRoot(columns, weights, lambda), d);
      const double condition = h.norm() / lambda;
      EXPECT_LT((root * h * root - Eigen::MatrixXd::Identity(d, d)).norm(),
                1e-15 * condition + 1e-12);
      EXPECT_LT((root - root.transpose()).norm(), 1e-13 * root.norm());
    }
  }
}

TEST(LowRankRoot, WithoutColumnsItDividesByTheRootOfLambda) {
  const LowRankRoot root({}, {}, 4.0);
  EXPECT_EQ(root.apply(std::vector<double>{1.0, -3.0}), (std::vector<double>{0.5, -1.5}));
}

}  // namespace
}  // namespace zo
