// How a run of ZO-SAH keeps its books, survives losses that are not finite and continues from a
// checkpoint.
#include <gtest/gtest.h>

#include <cmath>

#include "src/methods/zo_sah.h"
#include "tests/methods/run_steps.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

const CurvatureKind kHessians[] = {CurvatureKind::Literal,
                                   CurvatureKind::Secant,
                                   CurvatureKind::Rotating,
                                   CurvatureKind::Lazy,
                                   CurvatureKind::None,
                                   CurvatureKind::Cached};

/// A stochastic quadratic of 12 coordinates: the batch tilts it.
FunctionOracle tilted() {
  const Eigen::MatrixXd m = random_matrix(1, 12, 12);
  const Eigen::MatrixXd a = m * m.transpose() / 12.0;
  return FunctionOracle(
      [a](std::span<const double> x, std::int64_t batch) {
        const Eigen::Map<const Eigen::VectorXd> v(x.data(), 12);
        return 0.5 * v.dot(a * v) + 0.1 * v[0] * gaussian(9, batch);
      },
      std::vector<double>(12, 1.0));
}

ZoSahOptions small_options(CurvatureKind hessian) {
  ZoSahOptions options;
  options.hessian = hessian;
  options.step = StepRule::Fixed;
  options.subspace = 7;
  options.period = 4;
  options.lr = 0.1;
  options.momentum = 0.0;
  options.kappa = 0.1;
  options.eps = options.radius = 1e-3;
  return options;
}

TEST(ZoSahRun, LedgerEqualsTheFormulaInEveryStep) {
  // Σ 1 + m + [k ≡ 0 mod T] n_h m/2, the single coordinate of an odd m adding one probe.
  // A cached coordinate is asked once more on its first visit: 7, then the other 5 of 12.
  const std::int64_t fresh[] = {4 * 3 + 1, 3 * 3 + 1, 3 * 3 + 1, 3 * 3 + 1, 0, 7};
  for (int v = 0; v < 6; ++v) {
    FunctionOracle oracle = tilted();
    ZoSah method(small_options(kHessians[v]), plain_layout(12), {.seed = 5});
    std::int64_t expected = 0;
    for (std::int64_t k = 0; k < 11; ++k) {
      // One batch a step, so no base loss is free.
      oracle.begin_batch(k);
      method.step(oracle, k);
      std::int64_t cost = 1 + 7;
      if (k % 4 == 0) cost += v < 5 || k == 0 ? fresh[v] : k == 4 ? 5 : 0;
      expected += cost;
      EXPECT_EQ(method.queries_of_step(k), cost);
      EXPECT_EQ(oracle.ledger().queries(), expected);
    }
    EXPECT_EQ(oracle.ledger().base, 11);
  }
}

TEST(ZoSahRun, EstimatorsThatReuseLossesKeepOneBatchAPeriod) {
  for (const CurvatureKind hessian : kHessians) {
    const bool reuses = hessian == CurvatureKind::Literal || hessian == CurvatureKind::Secant ||
                        hessian == CurvatureKind::Rotating;
    EXPECT_EQ(ZoSah(small_options(hessian), plain_layout(12), {}).steps_per_batch(),
              reuses ? 4 : 1);
  }
}

TEST(ZoSahRun, ResumedRunEqualsTheStraightOneBitForBit) {
  for (const CurvatureKind hessian : kHessians) {
    for (const double momentum : {0.0, 0.9}) {
      for (std::int64_t saved_after = 1; saved_after < 10; ++saved_after) {
        ZoSahOptions options = small_options(hessian);
        options.momentum = momentum;
        options.weight_decay = 1e-3;
        options.kappa_rel = 0.1;
        options.lr_schedule = ScheduleKind::Cosine;
        const RunPlan plan{.seed = 5, .max_steps = 12};
        FunctionOracle one = tilted(), two = tilted();
        ZoSah straight(options, plain_layout(12), plan), first(options, plain_layout(12), plan),
            second(options, plain_layout(12), plan);
        run_steps(straight, one, 0, 12);
        run_steps(first, two, 0, saved_after);
        second.load_state(first.state());
        run_steps(second, two, saved_after, 12 - saved_after);
        EXPECT_EQ(one.theta(), two.theta())
            << name_of(hessian, curvature_names()) << " after " << saved_after;
        EXPECT_EQ(straight.state(), second.state());
      }
    }
  }
}

TEST(ZoSahRun, MomentumAndDecayFollowTorchSgdInsideTheSubspace) {
  // hessian = none: v is the gradient. One period, m = d.
  ZoSahOptions options;
  options.hessian = CurvatureKind::None;
  options.step = StepRule::Fixed;
  options.eps = 1e-6;
  options.lr = 0.05;
  options.momentum = 0.8;
  options.weight_decay = 0.3;
  FunctionOracle oracle(diagonal({1.0, 3.0}), {1.0, -2.0});
  ZoSah method(options, plain_layout(2), {});
  std::vector<double> x = {1.0, -2.0}, buffer(2, 0.0);
  for (std::int64_t k = 0; k < 6; ++k) {
    run_steps(method, oracle, k, 1);
    for (int i = 0; i < 2; ++i) {
      const double curvature = i == 0 ? 1.0 : 3.0;
      buffer[i] = 0.8 * buffer[i] + curvature * (x[i] + 0.5e-6) + 0.3 * x[i];
      x[i] -= 0.05 * buffer[i];
      EXPECT_NEAR(oracle.theta()[i], x[i], 1e-8);
    }
  }
}

TEST(ZoSahRun, ScaledWithoutCurvatureTheMeanIsDividedByTheScaleAndWeightsDecay) {
  ZoSahOptions options;
  options.hessian = CurvatureKind::None;
  options.scaled = true;
  options.step = StepRule::Fixed;
  options.eps = 1e-6;
  options.lr = 0.05;
  options.momentum = 0.8;
  options.second_decay = 0.9;
  options.weight_decay = 0.3;
  FunctionOracle oracle(diagonal({1.0, 3.0}), {1.0, -2.0});
  ZoSah method(options, plain_layout(2), {});
  std::vector<double> x = {1.0, -2.0}, mean(2, 0.0), square(2, 0.0);
  for (std::int64_t k = 0; k < 6; ++k) {
    run_steps(method, oracle, k, 1);
    double loud[2];
    for (int i = 0; i < 2; ++i) {
      const double g = (i == 0 ? 1.0 : 3.0) * (x[i] + 0.5e-6);
      mean[i] = 0.8 * mean[i] + 0.2 * g;
      square[i] = 0.9 * square[i] + 0.1 * g * g;
      loud[i] = std::sqrt(square[i]);
    }
    for (int i = 0; i < 2; ++i) {
      const double r = std::max(loud[i] / std::max(loud[0], loud[1]), 0.5);
      const double v = mean[i] / (1.0 - std::pow(0.8, k + 1)) / r;
      x[i] -= 0.05 * (v + 0.3 * x[i]);
      EXPECT_NEAR(oracle.theta()[i], x[i], 1e-8) << k;
    }
  }
}

TEST(ZoSahRun, CoordinatesThatLeaveTheSubspaceCoastOrStop) {
  for (const bool coast : {true, false}) {
    ZoSahOptions options;
    options.hessian = CurvatureKind::None;
    options.step = StepRule::Fixed;
    options.subspace = 1;
    options.period = 1;
    options.lr = 0.1;
    options.momentum = 0.5;
    options.coast = coast;
    FunctionOracle oracle(diagonal({1.0, 1.0, 1.0, 1.0}), std::vector<double>(4, 1.0));
    ZoSah method(options, plain_layout(4), {.seed = 1});
    const auto first = draw_subspace(1, 0, 4, 1, 2).coordinates[0];
    const auto second = draw_subspace(1, 1, 4, 1, 2).coordinates[0];
    ASSERT_NE(first, second);
    run_steps(method, oracle, 0, 1);
    const double moved = oracle.theta()[first] - 1.0;
    EXPECT_LT(moved, 0.0);
    run_steps(method, oracle, 1, 1);
    EXPECT_NEAR(oracle.theta()[first] - 1.0, coast ? 1.5 * moved : moved, 1e-12);
  }
}

TEST(ZoSahRun, BaseThatIsNotFiniteRejectsTheStepAndTheNextOneStartsThePeriod) {
  bool broken = false;
  FunctionOracle oracle(
      [&](std::span<const double> x, std::int64_t) {
        return broken ? std::nan("") : 0.5 * x[0] * x[0] + x[1] * x[1];
      },
      {1.0, 1.0});
  ZoSahOptions options = small_options(CurvatureKind::Lazy);
  options.subspace = 2;
  options.lr = 1.0;
  ZoSah method(options, plain_layout(2), {});
  run_steps(method, oracle, 0, 3);
  const State before = method.state();
  const auto theta = oracle.theta();
  const auto queries = oracle.ledger().queries();
  broken = true;
  for (std::int64_t k = 3; k < 5; ++k) {  // step 4 would start a period
    const StepReport report = run_steps(method, oracle, k, 1);
    EXPECT_TRUE(report.rejected);
  }
  EXPECT_EQ(oracle.theta(), theta);
  EXPECT_EQ(method.state(), before);
  EXPECT_EQ(oracle.ledger().queries(), queries + 2);
  EXPECT_EQ(oracle.ledger().non_finite, 2);
  broken = false;
  EXPECT_FALSE(run_steps(method, oracle, 5, 1).rejected);
  EXPECT_EQ(oracle.ledger().queries(), queries + 2 + method.queries_of_step(4));
}

TEST(ZoSahRun, ProbesThatAreNotFiniteAreDroppedCountedAndNeverReachTheta) {
  // Every probe that raises x₀ fails: x₀ gets no gradient, and its pair falls back to the median
  // curvature.
  const auto wall = [](std::span<const double> x, std::int64_t) {
    return x[0] > 1.0 ? std::nan("")
                      : 0.5 * (x[0] * x[0] + x[1] * x[1] + 3.0 * x[2] * x[2] + 3.0 * x[3] * x[3]);
  };
  for (const CurvatureKind hessian : kHessians) {
    FunctionOracle oracle(wall, {1.0, 1.0, 1.0, 1.0});
    ZoSahOptions options = small_options(hessian);
    options.subspace = 4;
    ZoSah method(options, plain_layout(4), {.seed = 2});
    const StepReport report = run_steps(method, oracle, 0, 1);
    EXPECT_FALSE(report.rejected);
    EXPECT_GE(report.dropped, 1);
    EXPECT_EQ(report.dropped, oracle.ledger().non_finite);
    run_steps(method, oracle, 1, 8);
    for (const double x : oracle.theta())
      EXPECT_TRUE(std::isfinite(x)) << name_of(hessian, curvature_names());
    EXPECT_LT(oracle.theta()[3], 1.0);
  }
}

TEST(ZoSahRun, UpdateThatWouldOverflowIsRejected) {
  const auto steep = [](std::span<const double> x, std::int64_t) { return 1e38 * x[0]; };
  FunctionOracle oracle(plain_layout(1), steep, {1.0}, Precision::Float32);
  ZoSahOptions options;
  options.hessian = CurvatureKind::None;
  options.step = StepRule::Fixed;
  options.lr = 1e3;  // 1e41 does not fit a float
  ZoSah method(options, plain_layout(1), {});
  EXPECT_TRUE(run_steps(method, oracle, 0, 1).rejected);
  EXPECT_EQ(oracle.theta()[0], 1.0);
}

TEST(ZoSahRun, SubspaceChangesWithThePeriodAndOnlyItMoves) {
  FunctionOracle oracle = tilted();
  ZoSah method(small_options(CurvatureKind::Lazy), plain_layout(12), {.seed = 5});
  std::vector<double> before = oracle.theta();
  for (std::int64_t k = 0; k < 8; ++k) {
    run_steps(method, oracle, k, 1);
    const auto now = oracle.theta();
    const auto inside = draw_subspace(5, k / 4, 12, 7, 2).coordinates;
    for (std::int64_t i = 0; i < 12; ++i) {
      const bool in = std::find(inside.begin(), inside.end(), i) != inside.end();
      EXPECT_EQ(now[i] != before[i], in) << "step " << k << " coordinate " << i;
    }
    before = now;
  }
}

}  // namespace
}  // namespace zo
