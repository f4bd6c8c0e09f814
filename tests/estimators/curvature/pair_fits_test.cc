#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "src/estimators/curvature/literal.h"
#include "src/estimators/curvature/rotating.h"
#include "src/estimators/curvature/secant.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

constexpr std::int64_t kDimension = 8;
constexpr double kEps = 1e-3;
constexpr double kTinyRidge = 1e-13;  // lets the equations decide wherever they can

const Subspace kSubspace{{0, 1, 2, 3, 4, 5, 6, 7}, 2};

enum class Moving { FirstPair, All };
enum class Coupling { Dense, Blocks };

/// Three base points of a walk with random steps of size `stride` on a random quadratic, latest
/// first.
struct Walk {
  Eigen::MatrixXd a;
  std::vector<Record> records;

  Walk(std::uint64_t seed, Coupling coupling, Moving moving, double stride, bool rotate)
      : a(random_symmetric(seed, kDimension)) {
    if (coupling == Coupling::Blocks) {
      for (int i = 0; i < kDimension; ++i) {
        for (int k = 0; k < kDimension; ++k) a(i, k) = i / 2 == k / 2 ? a(i, k) : 0.0;
      }
    }
    const Eigen::VectorXd b = random_matrix(seed + 1000, kDimension, 1);
    const Eigen::VectorXd x = random_matrix(seed + 2000, kDimension, 1);
    FunctionOracle oracle(quadratic(a, b), {x.begin(), x.end()});
    for (int t = 0; t < 3; ++t) {
      std::vector<Probe> probes;
      const Pattern pattern = rotate ? static_cast<Pattern>(t) : Pattern::Forward;
      Record record = plan_record(oracle, kSubspace.coordinates, kEps, pattern, probes);
      fill_record(record, oracle.base(), oracle.evaluate(probes));
      records.insert(records.begin(), record);
      Update update;
      for (std::int64_t i = 0; i < (moving == Moving::FirstPair ? 2 : kDimension); ++i) {
        update.edits.push_back({i, stride * gaussian(seed + 3000, 10 * t + i)});
      }
      oracle.move(update);
    }
  }

  /// max |h − A_jj| / max |A_jj| of the first pair.
  double error(const std::vector<double>& packed) const {
    const double scale = std::max({std::fabs(a(0, 0)), std::fabs(a(0, 1)), std::fabs(a(1, 1))});
    return std::max({std::fabs(packed[0] - a(0, 0)),
                     std::fabs(packed[1] - a(0, 1)),
                     std::fabs(packed[2] - a(1, 1))}) /
           scale;
  }
};

enum class Fit { LiteralPlain, LiteralConsistent, Secant, Anchored };

/// Median error of the first block over 200 random quadratics, without help from a prior.
double median_error(Fit fit, Coupling coupling, Moving moving, double stride) {
  std::vector<double> errors;
  for (std::uint64_t trial = 0; trial < 200; ++trial) {
    const Walk walk(trial, coupling, moving, stride, fit == Fit::Anchored);
    std::vector<double> packed(kSubspace.blocks() * 3, 0.0);
    if (fit == Fit::Secant) {
      fit_secant(kSubspace, walk.records, kTinyRidge, 1e-16, packed);
    } else if (fit == Fit::Anchored) {
      fit_anchored(kSubspace, walk.records, kTinyRidge, packed);
    } else {
      const Basis basis = fit == Fit::LiteralPlain ? Basis::Plain : Basis::Consistent;
      fit_literal(kSubspace, walk.records, {}, {basis, kTinyRidge}, packed);
    }
    errors.push_back(walk.error(packed));
  }
  std::nth_element(errors.begin(), errors.begin() + 100, errors.end());
  return errors[100];
}

// The table of methods.md 1.6.

TEST(PairFits, ConsistentLiteralSecantAndAnchoredAreExactWhenOnlyTheirPairMoves) {
  for (const Fit fit : {Fit::LiteralConsistent, Fit::Secant, Fit::Anchored}) {
    EXPECT_LT(median_error(fit, Coupling::Dense, Moving::FirstPair, kEps), 1e-6);
  }
}

TEST(PairFits, PlainLiteralBasisIsWrongByTheOrderOfTheCurvature) {
  const double error = median_error(Fit::LiteralPlain, Coupling::Dense, Moving::FirstPair, kEps);
  EXPECT_GT(error, 0.3);
  EXPECT_LT(error, 3.0);
}

TEST(PairFits, LiteralReuseFailsAsSoonAsOtherPairsMove) {
  for (const Fit fit : {Fit::LiteralPlain, Fit::LiteralConsistent}) {
    for (const double stride : {kEps, 30 * kEps}) {
      EXPECT_GT(median_error(fit, Coupling::Blocks, Moving::All, stride), 10.0);
    }
  }
}

TEST(PairFits, SecantAndAnchoredIgnoreOtherPairsThatAreNotCoupled) {
  for (const Fit fit : {Fit::Secant, Fit::Anchored}) {
    for (const double stride : {kEps, 30 * kEps}) {
      EXPECT_LT(median_error(fit, Coupling::Blocks, Moving::All, stride), 1e-6);
    }
  }
}

TEST(PairFits, OnlyAnchoredResistsCouplingAndOnlyForShortSteps) {
  const auto error = [](Fit fit, double stride) {
    return median_error(fit, Coupling::Dense, Moving::All, stride);
  };
  EXPECT_GT(error(Fit::Secant, 30 * kEps), 0.2);
  EXPECT_GT(error(Fit::Secant, kEps / 30), 0.2);
  EXPECT_GT(error(Fit::Anchored, 30 * kEps), 0.2);
  // Its error is first order in step over ε.
  EXPECT_NEAR(error(Fit::Anchored, kEps / 30) / error(Fit::Anchored, kEps / 300), 10.0, 1.0);
}

TEST(PairFits, GridOfThePeriodsFirstStepIsExactInTheConsistentBasis) {
  const Eigen::MatrixXd a = random_symmetric(5, kDimension);
  FunctionOracle oracle(quadratic(a, Eigen::VectorXd::Ones(kDimension)),
                        std::vector<double>(8, 0.3));
  std::vector<Probe> probes;
  Record record = plan_record(oracle, kSubspace.coordinates, kEps, Pattern::Forward, probes);
  HessianProbes grid = plan_grid(oracle, kSubspace, record, 3 * kEps, probes);
  ASSERT_EQ(static_cast<std::int64_t>(probes.size()), 8 + grid_count(kSubspace));
  const auto losses = oracle.evaluate(probes);
  fill_record(record, oracle.base(), std::span(losses).first(8));
  for (std::size_t i = 8; i < losses.size(); ++i)
    grid.difference.push_back(losses[i] - oracle.base());
  std::vector<double> packed(12, 0.0);
  fit_literal(kSubspace, {&record, 1}, {&grid, 0}, {Basis::Consistent, 1e-12}, packed);
  for (int j = 0; j < 4; ++j) {
    EXPECT_NEAR(packed[3 * j], a(2 * j, 2 * j), 1e-7);
    EXPECT_NEAR(packed[3 * j + 1], a(2 * j, 2 * j + 1), 1e-7);
    EXPECT_NEAR(packed[3 * j + 2], a(2 * j + 1, 2 * j + 1), 1e-7);
  }
}

TEST(PairFits, PlainBasisDoublesTheCurvatureWhenGridAndGradientShareTheirStep) {
  // A single coordinate keeps the one grid probe at −l: with l = ε, ½·l²·h is set against l·ε·A
  // (methods.md 1.3).
  const Subspace single{{0}, 2};
  FunctionOracle oracle(diagonal({3.0}), {0.7});
  std::vector<Probe> probes;
  Record record = plan_record(oracle, single.coordinates, kEps, Pattern::Forward, probes);
  HessianProbes grid = plan_grid(oracle, single, record, kEps, probes);
  ASSERT_EQ(probes.size(), 2u);
  const auto losses = oracle.evaluate(probes);
  fill_record(record, oracle.base(), std::span(losses).first(1));
  grid.difference = {losses[1] - oracle.base()};
  std::vector<double> packed(3, 0.0);
  fit_literal(single, {&record, 1}, {&grid, 0}, {Basis::Plain, 1e-12}, packed);
  EXPECT_NEAR(packed[0], 6.0, 1e-6);
  fit_literal(single, {&record, 1}, {&grid, 0}, {Basis::Consistent, 1e-12}, packed);
  EXPECT_NEAR(packed[0], 3.0, 1e-6);
}

TEST(PairFits, LastSingleCoordinateIsFittedAlone) {
  const Subspace odd{{0, 1, 2}, 2};
  FunctionOracle oracle(diagonal({1.0, 2.0, 5.0}), {0.1, 0.2, 0.3});
  for (const bool rotate : {false, true}) {
    std::vector<Record> records;
    for (int t = 0; t < 3; ++t) {
      std::vector<Probe> probes;
      const Pattern pattern = rotate ? static_cast<Pattern>(t) : Pattern::Forward;
      Record record = plan_record(oracle, odd.coordinates, kEps, pattern, probes);
      fill_record(record, oracle.base(), oracle.evaluate(probes));
      records.insert(records.begin(), record);
      Update update;
      update.edits = {{2, 0.01}};
      oracle.move(update);
    }
    std::vector<double> packed(6, 0.0);
    if (rotate) {
      fit_anchored(odd, records, kTinyRidge, packed);
    } else {
      fit_secant(odd, records, kTinyRidge, 1e-16, packed);
    }
    EXPECT_NEAR(packed[3], 5.0, 1e-6);
    EXPECT_EQ(packed[4], 0.0);
    EXPECT_EQ(packed[5], 0.0);
  }
}

TEST(PairFits, PairWithoutUsableEquationsKeepsItsBlock) {
  Walk walk(1, Coupling::Dense, Moving::FirstPair, kEps, false);
  const std::vector<double> before = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  std::vector<double> packed = before;
  fit_secant(kSubspace, walk.records, 1.0, 1e-16, packed);  // pairs 1 to 3 rest: s = 0
  for (int i = 3; i < 12; ++i) EXPECT_EQ(packed[i], before[i]);
  EXPECT_NE(packed[0], before[0]);
  packed = before;
  fit_secant(
      kSubspace, walk.records, 1.0, 1.0, packed);  // every step is shorter than 10 · unit · ‖x‖
  EXPECT_EQ(packed, before);
  for (Record& record : walk.records) {
    record.difference[0] = std::numeric_limits<double>::quiet_NaN();
  }
  fit_secant(kSubspace, walk.records, 1.0, 1e-16, packed);
  fit_literal(kSubspace, walk.records, {}, {Basis::Plain, 1.0}, packed);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(packed[i], before[i]);
}

TEST(PairFits, RidgeHoldsTheSecantFitNearThePreviousBlock) {
  // One coordinate, one curvature: h = (A + ρ·prior) / (1 + ρ).
  const Subspace single{{0}, 2};
  FunctionOracle oracle(diagonal({4.0}), {1.0});
  std::vector<Record> records;
  for (int t = 0; t < 2; ++t) {
    std::vector<Probe> probes;
    Record record = plan_record(oracle, single.coordinates, kEps, Pattern::Forward, probes);
    fill_record(record, oracle.base(), oracle.evaluate(probes));
    records.insert(records.begin(), record);
    Update update;
    update.edits = {{0, 0.5}};
    oracle.move(update);
  }
  std::vector<double> packed = {1.0, 0.0, 0.0};
  fit_secant(single, records, 2.0, 1e-16, packed);
  EXPECT_NEAR(packed[0], (4.0 + 2.0 * 1.0) / 3.0, 1e-9);
}

}  // namespace
}  // namespace zo
