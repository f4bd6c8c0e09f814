#include "src/estimators/fisher_block.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>

#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::int64_t kLength = 30, kExamples = 4;

Matrix seen(std::int64_t step) { return random_matrix(50 + step, kLength, kExamples); }

std::span<const double> numbers(const Matrix& m) {
  return {m.data(), static_cast<std::size_t>(m.size())};
}

/// Both forms: kept as a matrix, and as columns.
std::vector<FisherBlock> forms() {
  return {FisherBlock(kLength, kLength), FisherBlock(kLength, kLength - 1)};
}

TEST(FisherBlock, BothFormsSolveTheDampedMeanOverTheSteps) {
  const Eigen::VectorXd g = random_matrix(9, kLength, 1);
  const std::span<const double> right(g.data(), kLength);
  for (const double damping : {1e-3, 1.0, 40.0}) {
    for (FisherBlock& block : forms()) {
      Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(kLength, kLength);
      for (std::int64_t t = 0; t < 3; ++t) {
        const Matrix j = seen(t);
        block.add(numbers(j), kExamples);
        sum += j * j.transpose() / kExamples;
        const Eigen::MatrixXd fisher = sum / static_cast<double>(t + 1) +
                                       damping * Eigen::MatrixXd::Identity(kLength, kLength);
        const std::vector<double> w = block.solve(right, damping);
        const Eigen::VectorXd back = fisher * Eigen::Map<const Eigen::VectorXd>(w.data(), kLength);
        // Relative to the solution's size times the matrix's: rounding of some hundred sums.
        const double size =
            fisher.norm() * Eigen::Map<const Eigen::VectorXd>(w.data(), kLength).norm();
        EXPECT_LT((back - g).norm(), 1e-12 * size) << damping << " after " << t + 1;
      }
    }
  }
}

TEST(FisherBlock, BothFormsContinueFromWhatTheySavedBitForBit) {
  const Eigen::VectorXd g = random_matrix(9, kLength, 1);
  const std::span<const double> right(g.data(), kLength);
  for (std::size_t form = 0; form < 2; ++form) {
    FisherBlock straight = forms()[form], resumed = forms()[form];
    for (std::int64_t t = 0; t < 2; ++t) straight.add(numbers(seen(t)), kExamples);
    std::vector<double> kept;
    straight.save(kept);
    ASSERT_EQ(kept.size(), straight.saved(2, kExamples));
    EXPECT_EQ(kept.size(), form == 0 ? kLength * (kLength + 1) / 2 : 2 * kLength * kExamples);
    resumed.load(kept, 2, kExamples);
    for (FisherBlock* block : {&straight, &resumed}) block->add(numbers(seen(2)), kExamples);
    EXPECT_EQ(straight.solve(right, 0.5), resumed.solve(right, 0.5));
  }
}

}  // namespace
}  // namespace zo
