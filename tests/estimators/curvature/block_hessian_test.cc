#include "src/estimators/curvature/block_hessian.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

constexpr std::int64_t kDimension = 7;  // three pairs and a single
const Subspace kSubspace{{6, 2, 0, 5, 1, 3, 4}, 2};

struct Problem {
  Eigen::MatrixXd a = random_symmetric(1, kDimension);
  Eigen::VectorXd b = random_matrix(2, kDimension, 1);
  FunctionOracle oracle{quadratic(a, b), std::vector<double>(kDimension, 0.3)};

  Eigen::VectorXd gradient() const {
    const auto x = oracle.theta();
    return a * Eigen::Map<const Eigen::VectorXd>(x.data(), kDimension) + b;
  }
  void step(BlockHessian& hessian) {
    const auto losses = oracle.evaluate(hessian.plan(oracle));
    hessian.absorb(oracle.base(), losses);
  }
  void walk(int t, double stride = 1e-3) {
    Update update;
    for (std::int64_t i = 0; i < kDimension; ++i) {
      update.edits.push_back({i, stride * gaussian(9, 100 * t + i)});
    }
    oracle.move(update);
  }
};

BlockHessian make(CurvatureKind kind, double ridge = 1e-12) {
  return {make_curvature({.kind = kind,
                          .radius = 1e-3,
                          .ridge = ridge,
                          .basis = Basis::Consistent,
                          .dimension = kDimension}),
          1e-3};
}

constexpr CurvatureKind kKinds[] = {CurvatureKind::Literal,
                                    CurvatureKind::Secant,
                                    CurvatureKind::Rotating,
                                    CurvatureKind::Lazy,
                                    CurvatureKind::Cached,
                                    CurvatureKind::None};

TEST(BlockHessian, CorrectedGradientIsExactInEveryPatternOnceTheBlocksAre) {
  Problem problem;
  // The blocks stay those of the first step (a huge ridge), which are exact; the probes rotate.
  BlockHessian hessian = make(CurvatureKind::Rotating, 1e12);
  hessian.begin(kSubspace, 0.0);
  for (int t = 0; t < 6; ++t) {
    problem.step(hessian);
    const Eigen::VectorXd expected = problem.gradient();
    const auto corrected = hessian.gradient(true), raw = hessian.gradient(false);
    for (std::int64_t s = 0; s < kDimension; ++s) {
      const std::int64_t i = kSubspace.coordinates[s];
      EXPECT_NEAR(corrected[s], expected[i], 1e-9) << "step " << t;
      // Uncorrected, the quotient is off by half a step of curvature, in the direction of the
      // probe.
      double bias = 0.5e-3 * problem.a(i, i) * (t % 3 == 1 ? -1.0 : 1.0);
      if (t % 3 == 2 && s % 2 == 1) bias += 1e-3 * problem.a(i, kSubspace.coordinates[s - 1]);
      EXPECT_NEAR(raw[s], expected[i] + bias, 1e-9) << "step " << t;
    }
    problem.walk(t);
  }
}

TEST(BlockHessian, AsksTheFreshProbesThatItsKindTellsInAPeriodsFirstStepOnly) {
  // Three pairs and a single; cached tells none and asks one a coordinate on its first visit.
  const std::int64_t told[] = {4 * 3 + 1, 3 * 3 + 1, 3 * 3 + 1, 3 * 3 + 1, 0, 0};
  for (int v = 0; v < 6; ++v) {
    Problem problem;
    BlockHessian hessian = make(kKinds[v]);
    EXPECT_EQ(hessian.curvature().fresh_probes(kSubspace), told[v]);
    hessian.begin(kSubspace, 0.0);
    for (int age = 0; age < 3; ++age) {
      const auto before = problem.oracle.ledger().probe;
      problem.step(hessian);
      const std::int64_t first = kKinds[v] == CurvatureKind::Cached ? kDimension : told[v];
      EXPECT_EQ(problem.oracle.ledger().probe - before, kDimension + (age == 0 ? first : 0));
    }
  }
}

TEST(BlockHessian, LazyBlocksAreHeldThroughThePeriod) {
  Problem problem;
  BlockHessian hessian = make(CurvatureKind::Lazy);
  hessian.begin(kSubspace, 0.0);
  problem.step(hessian);
  const auto first = hessian.blocks();
  EXPECT_NEAR(first[1], problem.a(6, 2), 1e-7);
  EXPECT_NEAR(first[9], problem.a(4, 4), 1e-7);
  problem.walk(0, 0.5);
  problem.step(hessian);
  EXPECT_EQ(hessian.blocks(), first);
}

TEST(BlockHessian, LiteralRefitsTheGridInItsSecondStepAndOldProbesAfterwards) {
  // One pair of a 2-D quadratic: nothing else moves, so every literal fit is exact in the
  // consistent basis.
  const Eigen::MatrixXd a = random_symmetric(3, 2);
  FunctionOracle oracle(quadratic(a, Eigen::VectorXd::Ones(2)), {0.5, -0.5});
  BlockHessian hessian = make(CurvatureKind::Literal);
  hessian.begin({{0, 1}, 2}, 0.0);
  for (int t = 0; t < 5; ++t) {
    const auto losses = oracle.evaluate(hessian.plan(oracle));
    hessian.absorb(oracle.base(), losses);
    EXPECT_NEAR(hessian.blocks()[0], a(0, 0), 1e-6) << t;
    EXPECT_NEAR(hessian.blocks()[1], a(0, 1), 1e-6) << t;
    EXPECT_NEAR(hessian.blocks()[2], a(1, 1), 1e-6) << t;
    Update update;
    update.edits = {{0, 1e-3 * gaussian(4, 2 * t)}, {1, 1e-3 * gaussian(4, 2 * t + 1)}};
    oracle.move(update);
  }
}

TEST(BlockHessian, ContinuesBitForBitFromItsSavedState) {
  for (const CurvatureKind kind : kKinds) {
    for (int saved_after = 1; saved_after < 5; ++saved_after) {
      Problem one, two;
      BlockHessian straight = make(kind), resumed = make(kind);
      straight.begin(kSubspace, 0.0);
      resumed.begin(kSubspace, 0.0);
      for (int t = 0; t < 6; ++t) {
        one.step(straight);
        two.step(resumed);
        one.walk(t);
        two.walk(t);
        if (t + 1 == saved_after) {
          State state;
          resumed.save(state);
          resumed = make(kind);
          resumed.load(state, kSubspace);
        }
      }
      EXPECT_EQ(straight.blocks(), resumed.blocks());
      EXPECT_EQ(straight.gradient(true), resumed.gradient(true));
    }
  }
}

TEST(BlockHessian, CountsDroppedProbesOfGradientAndHessian) {
  const auto wall = [](std::span<const double> x, std::int64_t) {
    return x[0] < 0.0 || x[1] > 1.0 ? std::nan("") : x[0] * x[0] + x[1] * x[1];
  };
  FunctionOracle oracle(wall, {0.0, 1.0});
  BlockHessian hessian = make(CurvatureKind::Lazy);
  hessian.begin({{0, 1}, 2}, 0.0);
  const auto losses = oracle.evaluate(hessian.plan(oracle));
  hessian.absorb(oracle.base(), losses);
  EXPECT_EQ(hessian.dropped(), 3);  // +ε on x₁, −l on x₀, and the mixed probe
  EXPECT_TRUE(std::isnan(hessian.blocks()[0]));
  EXPECT_NEAR(hessian.gradient(true)[0], 1e-3, 1e-12);  // no correction from an unknown block
  EXPECT_EQ(hessian.gradient(true)[1], 0.0);
}

TEST(BlockHessian, RidgeOfZeroIsTheKindsOwn) {
  // methods.md 1.4 (A3) and 1.6 (E2).
  const std::pair<CurvatureKind, double> own[] = {{CurvatureKind::Literal, 1e-6},
                                                  {CurvatureKind::Secant, 1.0},
                                                  {CurvatureKind::Rotating, 1e-3}};
  for (const auto& [kind, ridge] : own) {
    const auto blocks = [kind = kind](double given) {
      Problem problem;
      BlockHessian hessian = make(kind, given);
      hessian.begin(kSubspace, 1.0);
      for (int t = 0; t < 3; ++t) {
        problem.step(hessian);
        problem.walk(t);
      }
      return hessian.blocks();
    };
    EXPECT_EQ(blocks(0.0), blocks(ridge));
    EXPECT_NE(blocks(0.0), blocks(2.0 * ridge));
  }
}

}  // namespace
}  // namespace zo
