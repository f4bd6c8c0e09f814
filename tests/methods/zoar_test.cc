#include "src/methods/zoar.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/estimators/directions.h"
#include "tests/methods/mean_step.h"
#include "tests/methods/run_steps.h"

namespace zo {
namespace {

using namespace zo::test;

ZoarOptions with(Baseline baseline, std::int64_t history) {
  ZoarOptions options;
  options.baseline = baseline;
  options.history = history;
  options.eps = 0.3;
  options.lr = 0.5;
  return options;
}

TEST(Zoar, EveryBaselineBoughtWithoutReuseHasTheGradientAsMean) {
  // The optimal mean is weighted by the directions it multiplies, which costs it a bias of order
  // 1/K.
  SmallQuadratic q;
  for (const Baseline baseline :
       {Baseline::None, Baseline::Anchor, Baseline::Mean, Baseline::StepMean}) {
    StillOracle oracle(q.function, q.start);
    Zoar method(with(baseline, 1), oracle.layout(), {.seed = 6});
    expect_mean_step(method, oracle, 0.5, q.gradient, 100000);
  }
}

TEST(Zoar, OldLossesStayInTheEstimateAsTheyWereMeasured) {
  SmallQuadratic q;
  FunctionOracle oracle(q.function, q.start);
  ZoarOptions options = with(Baseline::Mean, 2);
  options.directions = 2;
  options.lr = 0.01;
  Zoar method(options, oracle.layout(), {.seed = 6});
  Eigen::VectorXd x = q.x;
  std::vector<std::pair<Eigen::VectorXd, double>> samples;  // u and y, oldest first
  for (std::int64_t k = 0; k < 4; ++k) {
    for (std::int64_t r = 0; r < 2; ++r) {
      const auto direction = seeded_directions({.seed = 6, .step = k}, 2)[r];
      Eigen::VectorXd u(q.kD);
      direction_entries(direction, 0, {u.data(), q.kD});
      const Eigen::VectorXd there = x + 0.3 * u;
      samples.emplace_back(u, q.function({there.data(), 5}, 0));
    }
    if (samples.size() > 4) samples.erase(samples.begin(), samples.begin() + 2);
    double mean = 0.0;
    for (const auto& [u, y] : samples) mean += y / static_cast<double>(samples.size());
    Eigen::VectorXd g = Eigen::VectorXd::Zero(q.kD);
    for (const auto& [u, y] : samples) {
      g += (y - mean) / 0.3 * u / (static_cast<double>(samples.size()) - 1.0);
    }
    x -= 0.01 * g;
    run_steps(method, oracle, k, 1);
    const auto theta = oracle.theta();
    for (std::int64_t i = 0; i < q.kD; ++i) EXPECT_NEAR(theta[i], x[i], 1e-12);
  }
}

TEST(Zoar, TheOptimalBaselineWeighsLossesBySquaredNorms) {
  SmallQuadratic q;
  StillOracle oracle(q.function, q.start);
  Zoar method(with(Baseline::Optimal, 1), oracle.layout(), {.seed = 6});
  method.step(oracle, 0);
  Eigen::VectorXd moved = Eigen::VectorXd::Zero(q.kD);
  std::vector<Eigen::VectorXd> us;
  std::vector<double> ys;
  double weighted = 0.0, total = 0.0;
  for (const auto& direction : seeded_directions({.seed = 6, .step = 0}, 3)) {
    Eigen::VectorXd u(q.kD);
    direction_entries(direction, 0, {u.data(), q.kD});
    const Eigen::VectorXd there = q.x + 0.3 * u;
    us.push_back(u);
    ys.push_back(q.function({there.data(), 5}, 0));
    weighted += u.squaredNorm() * ys.back();
    total += u.squaredNorm();
  }
  for (std::size_t k = 0; k < 3; ++k)
    moved -= 0.5 * (ys[k] - weighted / total) / (0.3 * 3.0) * us[k];
  for (std::int64_t i = 0; i < q.kD; ++i) EXPECT_NEAR(oracle.moved()[i], moved[i], 1e-12);
}

TEST(Zoar, CostsKQueriesAndTheBaseOnlyForTheAnchor) {
  EXPECT_EQ(Zoar(with(Baseline::Mean, 4), plain_layout(9), {}).queries_of_step(7), 3);
  EXPECT_EQ(Zoar(with(Baseline::Anchor, 1), plain_layout(9), {}).queries_of_step(0), 4);
  SmallQuadratic q;
  FunctionOracle oracle(q.function, q.start);
  Zoar method(with(Baseline::Mean, 4), oracle.layout(), {});
  run_steps(method, oracle, 0, 10);
  EXPECT_EQ(oracle.ledger().queries(), 30);
  EXPECT_EQ(oracle.ledger().base, 0);
}

}  // namespace
}  // namespace zo
