#include "src/estimators/directions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "src/base/philox.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

std::shared_ptr<const std::vector<double>> shared(std::vector<double> values) {
  return std::make_shared<const std::vector<double>>(std::move(values));
}

std::vector<double> entries(const DenseProbe& probe, std::int64_t d) {
  std::vector<double> v(d);
  direction_entries(probe, 0, v);
  return v;
}

/// One direction of every kind.
std::vector<DenseProbe> kinds(std::int64_t d) {
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < d; ++i) numbers.push_back(gaussian(3, i));
  DenseProbe normal, signs, weighted, stored;
  normal.seed = 11;
  signs.seed = 12;
  signs.law = Law::Rademacher;
  weighted.seed = 13;
  weighted.weights = shared(numbers);
  stored.vector = shared(numbers);
  return {normal, signs, weighted, stored};
}

TEST(Directions, SeedsFollowFromRunStepAndIndex) {
  const auto drawn = seeded_directions({.seed = 5, .step = 7, .first = 2}, 3, Law::Rademacher);
  for (std::uint64_t r = 0; r < 3; ++r) {
    EXPECT_EQ(drawn[r].seed, Philox(5, Purpose::Direction, 7).bits(2 + r));
    EXPECT_EQ(drawn[r].law, Law::Rademacher);
    EXPECT_EQ(drawn[r].scale, 1.0);
  }
}

TEST(Directions, EntriesAreThoseOfTheProbeBitForBitWhereverAPieceBegins) {
  for (const DenseProbe& probe : kinds(101)) {
    std::vector<double> piece(51);
    direction_entries(probe, 50, piece);
    for (std::int64_t i = 0; i < 51; ++i) EXPECT_EQ(piece[i], direction_entry(probe, 50 + i));
  }
}

TEST(Directions, GramHoldsAllInnerProductsAcrossPieces) {
  const std::int64_t d = 10001;  // more than two pieces
  const auto directions = kinds(d);
  const auto products = gram(directions, d);
  for (std::size_t k = 0; k < 4; ++k) {
    for (std::size_t j = 0; j < 4; ++j) {
      const auto a = entries(directions[k], d), b = entries(directions[j], d);
      const Eigen::Map<const Eigen::VectorXd> v(a.data(), d), w(b.data(), d);
      EXPECT_NEAR(products[4 * k + j], v.dot(w), 1e-12 * v.norm() * w.norm());
    }
  }
}

TEST(Directions, OrthogonalOnesSpanTheSeededOnesAndHaveNormRootD) {
  const std::int64_t d = 40, n = 6;
  const DirectionStream stream{.seed = 9, .step = 4};
  const auto orthogonal = orthogonal_directions(stream, n, d);
  const auto seeded = seeded_directions(stream, n);
  const auto products = gram(orthogonal, d);
  for (std::int64_t k = 0; k < n; ++k) {
    for (std::int64_t j = 0; j < n; ++j) {
      EXPECT_NEAR(products[n * k + j], k == j ? 40.0 : 0.0, 1e-12 * 40.0);
    }
    // What is left of seed k after the first k + 1 orthogonal directions is nothing.
    const auto z = entries(seeded[k], d);
    Eigen::VectorXd rest = Eigen::Map<const Eigen::VectorXd>(z.data(), d);
    for (std::int64_t j = 0; j <= k; ++j) {
      const Eigen::Map<const Eigen::VectorXd> q(orthogonal[j].vector->data(), d);
      rest -= q * (q.dot(rest) / 40.0);
    }
    EXPECT_LT(rest.norm(), 1e-12 * std::sqrt(40.0));
  }
}

TEST(Directions, BoundedRefusesWhatCouldOverflowOrIsNoNumber) {
  DenseProbe v;
  v.scale = 1e29;
  EXPECT_TRUE(bounded({&v, 1}));
  v.scale = -1.2e29;
  EXPECT_FALSE(bounded({&v, 1}));
  v.law = Law::Rademacher;
  EXPECT_TRUE(bounded({&v, 1}));
  v.weights = shared({1.0, -100.0});
  EXPECT_FALSE(bounded({&v, 1}));
  v.scale = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(bounded({&v, 1}));
  v.scale = 1.0;
  v.vector = shared({1.0, std::numeric_limits<double>::quiet_NaN(), 2.0});
  EXPECT_FALSE(bounded({&v, 1}));
}

}  // namespace
}  // namespace zo
