#include "src/estimators/pairing.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

std::vector<std::int64_t> all(std::int64_t d) {
  std::vector<std::int64_t> indices(d);
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  return indices;
}

/// Unordered consecutive pairs.
std::set<std::set<std::int64_t>> pairs_of(const std::vector<std::int64_t>& order) {
  std::set<std::set<std::int64_t>> pairs;
  for (std::size_t s = 0; s + 1 < order.size(); s += 2) pairs.insert({order[s], order[s + 1]});
  return pairs;
}

/// Coordinate i is coupled with (i + d/2) mod d by 0.8 of the geometric mean of their curvatures,
/// and with all others by `background` of it, at random.
Eigen::MatrixXd coupled(std::int64_t d, double background) {
  Eigen::MatrixXd a(d, d);
  const auto curvature = [&](std::int64_t i) { return std::exp(gaussian(5, i)); };
  for (std::int64_t i = 0; i < d; ++i) {
    a(i, i) = curvature(i);
    for (std::int64_t l = 0; l < i; ++l) {
      const double share = i - l == d / 2 ? 0.8 : background * gaussian(6, i * d + l);
      a(i, l) = a(l, i) = share * std::sqrt(curvature(i) * curvature(l));
    }
  }
  return a;
}

TEST(GreedyMatching, TakesTheHeaviestPairsFirst) {
  const std::vector<double> weight = {0, 5, 4, 1, 0, 0, 3, 9, 0, 0, 0, 2, 0, 0, 0, 0};
  EXPECT_EQ(greedy_matching(weight, 4), (std::vector<std::int64_t>{2, 3, 0, 1}));
  EXPECT_EQ(greedy_matching(std::vector<double>{0, 0, 1, 0, 0, 0, 0, 0, 0}, 3),
            (std::vector<std::int64_t>{2, -1, 0}));
}

TEST(Pairing, RandomKeepsTheDraw) {
  const std::vector<std::int64_t> drawn = {5, 1, 4};
  EXPECT_EQ(Pairing(PairingKind::Random, plain_layout(6)).arrange(drawn), drawn);
}

TEST(Pairing, SameFilterPairsNeighboursAndBringsThePartnerAlong) {
  Layout layout;
  layout.append("conv", {2, 3}, Role::Convolution);  // filters {0, 1, 2} and {3, 4, 5}
  layout.append("bias", {2}, Role::Bias);
  const Pairing pairing(PairingKind::SameFilter, layout);
  EXPECT_EQ(pairing.arrange({4, 0, 6, 1}), (std::vector<std::int64_t>{4, 3, 0, 1}));
  // The odd coordinate of a filter has no partner: it takes what is left.
  EXPECT_EQ(pairing.arrange({2, 7, 5}), (std::vector<std::int64_t>{7, 6, 2}));
}

TEST(Pairing, StickyKeepsCoupledPairsAndDoesNotRetryHopelessOnes) {
  Pairing pairing(PairingKind::Sticky, plain_layout(6));
  const Subspace first{{0, 1, 2, 3, 4, 5}, 2};
  // Couplings 0.5/√(1·1), 0.1/√(4·1) and 0.2/√(1·1): stays, hopeless, neither.
  const std::vector<double> blocks = {1, -0.5, 1, 4, 0.1, 1, 1, 0.2, 1};
  pairing.see_blocks(first, blocks, 0.01);
  EXPECT_EQ(pairing.arrange({2, 3, 4, 5, 1, 0}), (std::vector<std::int64_t>{1, 0, 2, 4, 3, 5}));
  // A pair that lost its coupling is free again.
  pairing.see_blocks({{1, 0}, 2}, std::vector<double>{1, 0.2, 1}, 0.01);
  EXPECT_EQ(pairing.arrange({1, 4, 0, 5}), (std::vector<std::int64_t>{1, 4, 0, 5}));
}

TEST(Pairing, StickyMeasuresCouplingAgainstTheFloorOfTheCurvature) {
  Pairing pairing(PairingKind::Sticky, plain_layout(4));
  pairing.see_blocks({{0, 1}, 2}, std::vector<double>{0.0, 0.25, 1.0}, 1.0);  // 0.25, not infinite
  EXPECT_EQ(pairing.arrange({0, 2, 1, 3}), (std::vector<std::int64_t>{0, 2, 1, 3}));
}

TEST(Pairing, LearnedFindsThePairsFromExactSecants) {
  const std::int64_t d = 10;
  const Eigen::MatrixXd a = coupled(d, 0.0);
  Pairing pairing(PairingKind::Learned, plain_layout(d));
  for (int k = 0; k < 400; ++k) {  // random signs: the moments' cross terms average out
    const Eigen::VectorXd s = random_matrix(100 + k, d, 1);
    const Eigen::VectorXd y = a * s;
    pairing.see_secant(all(d), std::span(s.data(), d), std::span(y.data(), d));
  }
  for (const auto& pair : pairs_of(pairing.arrange(all(d)))) {
    EXPECT_EQ(*pair.rbegin() - *pair.begin(), d / 2);
  }
}

TEST(Pairing, CodedFindsAllPairsInTheQueriesTold) {
  for (const std::int64_t d : {20, 64}) {
    const Eigen::MatrixXd a = coupled(d, 0.0);
    const Eigen::VectorXd b = random_matrix(2, d, 1);
    FunctionOracle oracle(quadratic(a, b), std::vector<double>(d, 0.5));
    Pairing pairing(PairingKind::Coded, plain_layout(d));
    const Eigen::VectorXd x = Eigen::VectorXd::Constant(d, 0.5);
    const Eigen::VectorXd g = a * x + b + 0.5 * 1e-3 * a.diagonal();
    const Eigen::VectorXd diagonal = a.diagonal();
    pairing.measure(oracle, std::span(g.data(), d), std::span(diagonal.data(), d), 1e-3, 1e-2);
    EXPECT_EQ(oracle.ledger().queries(), pairing.measure_queries());
    EXPECT_EQ(pairing.measure_queries(), (d + 1) * (d == 20 ? 6 : 7));
    for (const auto& pair : pairs_of(pairing.arrange(all(d)))) {
      EXPECT_EQ(*pair.rbegin() - *pair.begin(), d / 2);
    }
  }
}

TEST(Pairing, EveryKindReturnsAsManyDifferentCoordinatesAsDrawn) {
  for (const PairingKind kind : {PairingKind::Random,
                                 PairingKind::Sticky,
                                 PairingKind::Learned,
                                 PairingKind::Coded,
                                 PairingKind::SameFilter}) {
    const Pairing pairing(kind, plain_layout(9));
    const auto order = pairing.arrange({8, 3, 0, 5, 1});
    EXPECT_EQ(std::set(order.begin(), order.end()).size(), 5u);
  }
}

}  // namespace
}  // namespace zo
