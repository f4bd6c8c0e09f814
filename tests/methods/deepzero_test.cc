#include "src/methods/deepzero.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/methods/run_steps.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

constexpr std::int64_t kDimension = 30;

Layout small_layout() {
  Layout layout;
  layout.append("conv.weight", {12}, Role::Convolution);
  layout.append("bn.weight", {4}, Role::NormScale);
  layout.append("fc.weight", {10}, Role::Linear);
  layout.append("fc.bias", {4}, Role::Bias);
  return layout;
}

/// ½xᵀAx with the batch tilting it.
FunctionOracle tilted() {
  const Eigen::MatrixXd m = random_matrix(1, kDimension, kDimension);
  const Eigen::MatrixXd a = m * m.transpose() / kDimension;
  const auto f = [a](std::span<const double> x, std::int64_t batch) {
    const Eigen::Map<const Eigen::VectorXd> v(x.data(), kDimension);
    return 0.5 * v.dot(a * v) + 0.1 * v[3] * gaussian(9, batch);
  };
  return FunctionOracle(
      small_layout(), f, std::vector<double>(kDimension, 1.0), Precision::Float64);
}

DeepZeroOptions sparse_options() {
  DeepZeroOptions options;
  options.density = 0.5;
  options.lr = 0.02;
  options.grasp_queries = 10;
  options.warmup_epochs = 1.0;
  options.epochs = 10.0;
  options.mask_interval = 3.0;
  return options;
}

TEST(DeepZero, WithFullDensityIsGradientDescentWithTorchMomentum) {
  const Eigen::MatrixXd m = random_matrix(1, kDimension, kDimension);
  const Eigen::MatrixXd a = m * m.transpose() / kDimension;
  FunctionOracle oracle(quadratic(a, Eigen::VectorXd::Zero(kDimension)),
                        std::vector<double>(kDimension, 1.0));
  DeepZeroOptions options;
  options.density = 1.0;
  options.lr_schedule = ScheduleKind::Constant;
  options.lr = 0.05;
  options.warmup_epochs = 0.0;
  DeepZero method(options, oracle.layout(), {});
  Eigen::VectorXd x = Eigen::VectorXd::Ones(kDimension), buffer = Eigen::VectorXd::Zero(kDimension);
  for (std::int64_t k = 0; k < 8; ++k) {
    run_steps(method, oracle, k, 1);
    const Eigen::VectorXd g = a * x + 0.5 * 5e-3 * a.diagonal();
    buffer = 0.9 * buffer + g + 5e-4 * x;
    x -= 0.05 * buffer;
    for (std::int64_t i = 0; i < kDimension; ++i) EXPECT_NEAR(oracle.theta()[i], x[i], 1e-9);
  }
  EXPECT_EQ(oracle.ledger().queries(), 8 * (kDimension + 1));
}

TEST(DeepZero, InactiveCoordinatesFollowMomentumAndDecayAlone) {
  for (const bool mask_update : {false, true}) {
    FunctionOracle oracle = tilted();
    DeepZeroOptions options = sparse_options();
    options.mask_update = mask_update;
    const RunPlan plan{.seed = 4, .max_steps = 20};
    DeepZero method(options, oracle.layout(), plan);
    std::vector<double> buffer(kDimension, 0.0), x = oracle.theta();
    std::set<std::int64_t> left;
    for (std::int64_t k = 0; k < 12; ++k) {
      const StepReport report = run_steps(method, oracle, k, 1);
      const auto counts = std::get<std::vector<std::int64_t>>(method.state().at("layer_counts"));
      const auto active = layerwise_random_mask(oracle.layout(), counts, 4, method.mask_number(k));
      const auto now = oracle.theta();
      for (std::int64_t i = 0; i < kDimension; ++i) {
        if (std::find(active.begin(), active.end(), i) != active.end()) {
          buffer[i] = (x[i] - now[i]) / report.lr;  // whatever the gradient made of it
          continue;
        }
        if (mask_update) {
          EXPECT_EQ(now[i], x[i]);
          continue;
        }
        if (buffer[i] != 0.0) left.insert(i);
        buffer[i] = 0.9 * buffer[i] + 5e-4 * x[i];
        EXPECT_NEAR(now[i], x[i] - report.lr * buffer[i], 1e-12);
        buffer[i] = (x[i] - now[i]) / report.lr;
      }
      x = now;
    }
    EXPECT_EQ(left.size() > 2, !mask_update);  // without the option some did leave with momentum
  }
}

TEST(DeepZero, MasksChangeEveryIntervalAndKeepTheirLayerCounts) {
  FunctionOracle oracle = tilted();
  // 20 steps are 10 epochs of the protocol: a mask lives 3 epochs = 6 steps.
  DeepZero method(sparse_options(), oracle.layout(), {.seed = 4, .max_steps = 20});
  const std::int64_t expected[] = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2};
  for (std::int64_t k = 0; k < 13; ++k) EXPECT_EQ(method.mask_number(k), expected[k]);
  run_steps(method, oracle, 0, 1);
  const auto counts = std::get<std::vector<std::int64_t>>(method.state().at("layer_counts"));
  EXPECT_EQ(counts[0] + counts[2], 11);  // half of 22 maskable weights
  EXPECT_EQ(counts[1], 4);
  EXPECT_EQ(counts[3], 4);
  run_steps(method, oracle, 1, 12);
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(method.state().at("layer_counts")), counts);
}

TEST(DeepZero, LayerCountsAreThoseOfZoGraspOnTheFirstBatch) {
  FunctionOracle oracle = tilted(), twin = tilted();
  DeepZero method(sparse_options(), oracle.layout(), {.seed = 4, .max_steps = 20});
  run_steps(method, oracle, 0, 1);
  twin.begin_batch(0);
  const auto hg = zo_hessian_gradient(twin, 5e-3, 10, {.seed = 4});
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(method.state().at("layer_counts")),
            grasp_counts(twin.layout(), twin.theta(), hg, 0.5));
}

TEST(DeepZero, LedgerEqualsTheFormulaInEveryStep) {
  FunctionOracle oracle = tilted();
  DeepZero method(sparse_options(), oracle.layout(), {.seed = 4, .max_steps = 20});
  std::int64_t expected = 0;
  for (std::int64_t k = 0; k < 8; ++k) {
    oracle.begin_batch(k);
    method.step(oracle, k);
    const std::int64_t cost = 19 + 1 + (k == 0 ? 2 * 10 + 1 : 0);
    EXPECT_EQ(method.queries_of_step(k), cost);
    expected += cost;
    EXPECT_EQ(oracle.ledger().queries(), expected);
  }
}

TEST(DeepZero, RankingTheLayersIsAskedForOnceAndOnlyWhereThereIsAChoice) {
  EXPECT_EQ(DeepZero(sparse_options(), tilted().layout(), {}).queries_once(), 2 * 10 + 1);
  DeepZeroOptions dense = sparse_options();
  dense.density = 1.0;
  EXPECT_EQ(DeepZero(dense, tilted().layout(), {}).queries_once(), 0);
}

TEST(DeepZero, OneThatFollowsAnotherTakesItsLayersOverAndAsksForNoRanking) {
  FunctionOracle oracle = tilted();
  const Layout layout = oracle.layout();
  const RunPlan plan{.seed = 4, .max_queries = 200}, other{.seed = 5, .max_queries = 200};
  DeepZero first(sparse_options(), layout, plan), next(sparse_options(), layout, other);
  next.follow(first);  // which knows nothing yet
  EXPECT_EQ(next.queries_of_step(0), 19 + 1 + 2 * 10 + 1);
  run_steps(first, oracle, 0, 1);
  next.follow(first);
  EXPECT_EQ(next.queries_of_step(0), 19 + 1);
  const std::int64_t before = oracle.ledger().queries();
  const StepReport report = run_steps(next, oracle, 0, 1);
  EXPECT_EQ(oracle.ledger().queries() - before, 19 + 1);
  EXPECT_EQ(std::get<std::vector<std::int64_t>>(next.state().at("layer_counts")),
            std::get<std::vector<std::int64_t>>(first.state().at("layer_counts")));
  // 200 queries are ten steps, of which the first of ten epochs warms up.
  EXPECT_DOUBLE_EQ(report.lr, sparse_options().lr);
}

TEST(DeepZero, ProtocolStretchesOverTheBudget) {
  const Layout layout = small_layout();
  DeepZeroOptions options = sparse_options();  // 10 epochs, 1 of warm-up
  const auto rates = [&](const RunPlan& plan, int steps) {
    FunctionOracle oracle = tilted();
    DeepZero method(options, layout, plan);
    std::vector<double> lr;
    for (std::int64_t k = 0; k < steps; ++k) lr.push_back(method.step(oracle, k).lr);
    return lr;
  };
  const auto close = [](const std::vector<double>& lr, double warmup, double horizon) {
    for (std::size_t i = 0; i < lr.size(); ++i) {
      const auto k = static_cast<double>(i);
      const double expected =
          k + 1.0 <= warmup ? 0.02 * (k + 1.0) / warmup
                            : 0.01 * (1.0 + std::cos(M_PI * (k - warmup) / (horizon - warmup)));
      EXPECT_NEAR(lr[i], expected, 1e-12) << "step " << i;
    }
  };
  close(rates({.max_steps = 40}, 40), 4.0, 40.0);
  close(rates({.max_queries = 41 + 19 * 20}, 20), 2.0, 20.0);
  close(rates({.steps_per_epoch = 3}, 30), 3.0, 30.0);
  close(rates({}, 10), 1.0, 10.0);
}

TEST(DeepZero, ResumedRunEqualsTheStraightOneBitForBit) {
  for (const double density : {0.5, 1.0}) {
    for (std::int64_t saved_after = 1; saved_after < 10; ++saved_after) {
      DeepZeroOptions options = sparse_options();
      options.density = density;
      const RunPlan plan{.seed = 4, .max_steps = 12};
      FunctionOracle one = tilted(), two = tilted();
      DeepZero straight(options, one.layout(), plan), first(options, one.layout(), plan),
          second(options, one.layout(), plan);
      run_steps(straight, one, 0, 12);
      run_steps(first, two, 0, saved_after);
      second.load_state(first.state());
      run_steps(second, two, saved_after, 12 - saved_after);
      EXPECT_EQ(one.theta(), two.theta());
      EXPECT_EQ(straight.state(), second.state());
    }
  }
}

TEST(DeepZero, BaseThatIsNotFiniteRejectsTheStepAndZoGraspWaits) {
  bool broken = true;
  FunctionOracle oracle(
      [&](std::span<const double> x, std::int64_t) {
        return broken ? std::nan("") : diagonal(std::vector<double>(kDimension, 1.0))(x, 0);
      },
      std::vector<double>(kDimension, 1.0));
  DeepZero method(sparse_options(), oracle.layout(), {.seed = 4, .max_steps = 20});
  EXPECT_TRUE(run_steps(method, oracle, 0, 1).rejected);
  EXPECT_EQ(oracle.ledger().queries(), 1);
  EXPECT_EQ(oracle.theta(), std::vector<double>(kDimension, 1.0));
  broken = false;
  EXPECT_FALSE(run_steps(method, oracle, 1, 1).rejected);
  EXPECT_EQ(oracle.ledger().queries(), 1 + method.queries_of_step(0));
}

TEST(DeepZero, ProbesThatAreNotFiniteAreDroppedAndNeverReachTheta) {
  const auto wall = [](std::span<const double> x, std::int64_t) {
    return x[0] > 1.0 ? std::nan("") : x[0] * x[0] + x[1] * x[1];
  };
  FunctionOracle oracle(wall, {1.0, 1.0});
  DeepZeroOptions options;
  options.density = 1.0;
  options.momentum = 0.0;
  options.weight_decay = 0.0;
  DeepZero method(options, oracle.layout(), {.max_steps = 10});
  const StepReport report = run_steps(method, oracle, 0, 1);
  EXPECT_EQ(report.dropped, 1);
  EXPECT_FALSE(report.rejected);
  EXPECT_EQ(oracle.theta()[0], 1.0);
  EXPECT_LT(oracle.theta()[1], 1.0);
}

}  // namespace
}  // namespace zo
