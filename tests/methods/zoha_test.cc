#include "src/methods/zoha.h"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>

#include "src/estimators/directions.h"
#include "src/methods/rspg.h"
#include "tests/methods/mean_step.h"
#include "tests/methods/run_steps.h"

namespace zo {
namespace {

using namespace zo::test;

constexpr std::uint64_t kSeed = 5;

double scalar(const State& state, const std::string& name) {
  return std::get<std::vector<double>>(state.at(name)).at(0);
}

/// Σ w_i v_i v_iᵀ of a sampled Hessian, from what the method saves.
Eigen::MatrixXd sampled(const State& state, std::int64_t b, std::int64_t d) {
  const auto& weights = std::get<std::vector<double>>(state.at("weights"));
  const auto step = std::get<std::vector<std::int64_t>>(state.at("refreshed"))[0];
  const auto directions = seeded_directions({.seed = kSeed, .step = step, .first = b},
                                            static_cast<std::int64_t>(weights.size()));
  Eigen::MatrixXd h = Eigen::MatrixXd::Zero(d, d);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    Eigen::VectorXd v(d);
    direction_entries(directions[i], 0, {v.data(), static_cast<std::size_t>(d)});
    h += weights[i] * v * v.transpose();
  }
  return h;
}

/// A convex quadratic with its gradient at `x`.
struct Convex {
  static constexpr std::int64_t kD = 4;
  Eigen::MatrixXd a, root;  // A and A^(1/2)
  Eigen::VectorXd x = random_matrix(53, kD, 1);
  std::vector<double> start{x.begin(), x.end()};

  Convex() {
    const Eigen::MatrixXd m = random_matrix(51, kD, kD);
    a = m * m.transpose() + 0.5 * Eigen::MatrixXd::Identity(kD, kD);
    root = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(a).operatorSqrt();
  }
  PlainFunction function() const { return quadratic(a, Eigen::VectorXd::Zero(kD)); }
};

TEST(Zoha, TheSampledHessianOfAConvexQuadraticHasMeanHessianPlusHalfTheTrace) {
  const Convex c;
  StillOracle oracle(c.function(), c.start);
  ZohaOptions options{.directions = 1, .hessian_directions = 2, .period = 1};
  options.lambda = 1.0;
  options.eps = 0.5;
  Zoha method(options, oracle.layout(), {.seed = kSeed});
  std::vector<Draws> entries(c.kD * c.kD);
  for (std::int64_t k = 0; k < 100000; ++k) {
    oracle.begin_batch(k);
    method.step(oracle, k);
    const Eigen::MatrixXd h = sampled(method.state(), 1, c.kD);
    for (std::int64_t i = 0; i < c.kD * c.kD; ++i) entries[i].add(h.data()[i]);
  }
  const Eigen::MatrixXd expected = c.a + 0.5 * c.a.trace() * Eigen::MatrixXd::Identity(c.kD, c.kD);
  for (std::int64_t i = 0; i < c.kD * c.kD; ++i) expect_mean(entries[i], expected.data()[i]);
}

TEST(Zoha, WeightsAreModuliSoThatConcaveFunctionsKeepThemPositive) {
  const Convex c;
  const auto convex = c.function();
  FunctionOracle oracle(convex, c.start);
  FunctionOracle mirrored(
      [&](std::span<const double> x, std::int64_t batch) { return -convex(x, batch); }, c.start);
  ZohaOptions options{.directions = 1, .hessian_directions = 3, .lr = 1e-9};
  Zoha up(options, oracle.layout(), {.seed = kSeed}),
      down(options, oracle.layout(), {.seed = kSeed});
  run_steps(up, oracle, 0, 1);
  run_steps(down, mirrored, 0, 1);
  EXPECT_EQ(up.state().at("weights"), down.state().at("weights"));
  EXPECT_GT(scalar(up.state(), "weights"), 0.0);
}

TEST(Zoha, TheMeanStepIsTheNewtonStepOfItsHessian) {
  const Convex c;
  StillOracle oracle(c.function(), c.start);
  ZohaOptions options{.directions = 1, .hessian_directions = 3, .period = 1000000};
  options.lambda = 0.6;
  options.lr = 0.5;
  Zoha method(options, oracle.layout(), {.seed = kSeed});
  oracle.begin_batch(0);
  method.step(oracle, 0);  // the Hessian that all steps keep
  Eigen::MatrixXd h = sampled(method.state(), 1, c.kD);
  h.diagonal().array() += 0.6;
  const Eigen::VectorXd newton = h.ldlt().solve(c.a * c.x);
  expect_mean_step(method, oracle, 0.5, newton, 100000);
}

TEST(Zoha, WithoutAHessianItIsRspgWithScaledStepAndRadius) {
  const Convex c;
  FunctionOracle one(c.function(), c.start), other(c.function(), c.start);
  ZohaOptions options{.directions = 3, .hessian = ZohaHessian::None};
  options.eps = 0.01;
  options.lambda = 4.0;
  options.lr = 0.02;
  Zoha zoha(options, one.layout(), {.seed = kSeed});
  Rspg rspg(
      {.directions = 3, .eps = 0.01 / 2.0, .lr = 0.02 / 4.0}, other.layout(), {.seed = kSeed});
  run_steps(zoha, one, 0, 40);
  run_steps(rspg, other, 0, 40);
  EXPECT_EQ(one.theta(), other.theta());  // powers of two: bit for bit
}

TEST(Zoha, WithTheExactHessianThePathDoesNotDependOnTheConditionNumber) {
  // y = A^(1/2) x sees ½‖y‖² and plain directions u: RSPG there.
  const Convex c;
  FunctionOracle scaled(c.function(), c.start);
  const Eigen::VectorXd y = c.root * c.x;
  FunctionOracle round(diagonal(std::vector<double>(c.kD, 1.0)), {y.begin(), y.end()});
  ZohaOptions options{.directions = 3, .hessian = ZohaHessian::Power, .hessian_directions = c.kD};
  options.eps = 0.05;
  options.lr = 0.1;
  Zoha zoha(options, scaled.layout(), {.seed = kSeed});
  Rspg rspg({.directions = 3, .eps = 0.05, .lr = 0.1}, round.layout(), {.seed = kSeed});
  for (std::int64_t k = 0; k < 30; ++k) {
    const double a = run_steps(zoha, scaled, k, 1).loss, b = run_steps(rspg, round, k, 1).loss;
    EXPECT_NEAR(a, b, 1e-9 * (1.0 + b));
  }
}

TEST(Zoha, ThePowerVariantFloorsModuliToTheSmallestItHasOrToLambda) {
  // Eigenvalues −16, 4, 1, 1 with two columns: H = 16 q₁q₁ᵀ + 4 (I − q₁q₁ᵀ) unless λ is larger.
  for (const double lambda : {0.0, 3.0, 6.0}) {
    FunctionOracle oracle(diagonal({1.0, -16.0, 1.0, 4.0}), {1.0, 1.0, 1.0, 1.0});
    ZohaOptions options{
        .directions = 1, .hessian = ZohaHessian::Power, .hessian_directions = 2, .period = 1};
    options.eps = 0.1;
    options.lambda = lambda;
    options.lr = 1e-9;
    options.power_iterations = 20;
    Zoha method(options, oracle.layout(), {.seed = kSeed});
    run_steps(method, oracle, 0, 2);  // the second refresh starts warm
    const double floor = std::max(4.0, lambda);
    const State state = method.state();
    const auto& weights = std::get<std::vector<double>>(state.at("weights"));
    EXPECT_NEAR(scalar(state, "lambda"), floor, 1e-9);
    EXPECT_NEAR(weights.at(0), 16.0 - floor, 1e-9);
    EXPECT_NEAR(weights.at(1), 0.0, 1e-9);
  }
}

TEST(Zoha, TheDiagonalVariantAveragesSquaredGradients) {
  SmallQuadratic q;
  FunctionOracle oracle(q.function, q.start);
  ZohaOptions options{.directions = 1, .hessian = ZohaHessian::Diagonal, .eps = 0.1};
  options.lambda = 0.5;
  options.lr = 0.01;
  options.diagonal_decay = 0.75;
  Zoha method(options, oracle.layout(), {.seed = kSeed});
  Eigen::VectorXd x = q.x, diagonal = Eigen::VectorXd::Zero(q.kD);
  for (std::int64_t k = 0; k < 4; ++k) {
    Eigen::VectorXd u(q.kD);
    const auto direction = seeded_directions({.seed = kSeed, .step = k}, 1)[0];
    direction_entries(direction, 0, {u.data(), q.kD});
    const Eigen::VectorXd h = diagonal.cwiseSqrt().array() + 0.5;
    const Eigen::VectorXd r = u.array() / h.array().sqrt();
    const Eigen::VectorXd there = x + 0.1 * r;
    const double slope = (q.function({there.data(), 5}, 0) - q.function({x.data(), 5}, 0)) / 0.1;
    x -= 0.01 * slope * r;
    const Eigen::VectorXd g = slope * h.cwiseSqrt().cwiseProduct(u);  // ĝ = Δ/μ · H^(1/2) u
    diagonal = 0.75 * diagonal + 0.25 * g.cwiseProduct(g);
    run_steps(method, oracle, k, 1);
    const auto theta = oracle.theta();
    const auto state = method.state();
    const auto& kept = std::get<std::vector<double>>(state.at("diagonal"));
    for (std::int64_t i = 0; i < q.kD; ++i) {
      EXPECT_NEAR(theta[i], x[i], 1e-11);
      EXPECT_NEAR(kept[i], diagonal[i], 1e-10 * (1.0 + diagonal[i]));
    }
  }
}

TEST(Zoha, TheDescentCheckCostsOneProbeAndNeverLetsTheLossRise) {
  const Convex c;
  FunctionOracle oracle(c.function(), c.start);
  ZohaOptions options{.directions = 1, .hessian = ZohaHessian::None, .lr = 0.4};
  options.descent_check = true;
  Zoha method(options, oracle.layout(), {.seed = kSeed});
  double loss = 1e300;
  int refused = 0;
  for (std::int64_t k = 0; k < 100; ++k) {
    const auto before = oracle.theta();
    const StepReport report = run_steps(method, oracle, k, 1);
    EXPECT_LE(report.loss, loss);
    loss = report.loss;
    const bool accepted = report.extra.back().second == 1.0;
    EXPECT_EQ(accepted, oracle.theta() != before);
    refused += accepted ? 0 : 1;
  }
  EXPECT_GT(refused, 5);
  EXPECT_LT(refused, 95);
  EXPECT_EQ(oracle.ledger().queries(), 300);
}

TEST(Zoha, LambdaDefaultsToATenthOfTheMeanCurvatureMassAtMostOne) {
  for (const double size : {1e-2, 1e3}) {
    FunctionOracle oracle(diagonal(std::vector<double>(4, size)), std::vector<double>(4, 1.0));
    Zoha method({.hessian_directions = 3, .lr = 1e-9}, oracle.layout(), {.seed = kSeed});
    run_steps(method, oracle, 0, 1);
    const double mean = sampled(method.state(), 4, 4).trace() / 3.0;
    const double expected = std::min(0.1 * mean, 1.0);
    EXPECT_NEAR(scalar(method.state(), "lambda"), expected, 1e-12);
    EXPECT_EQ(expected == 1.0, size > 1.0);
  }
}

TEST(Zoha, QueriesFollowTheFormula) {
  const auto counted = [](const ZohaOptions& options, std::int64_t k) {
    return Zoha(options, plain_layout(60), {}).queries_of_step(k);
  };
  EXPECT_EQ(counted({}, 0), 51 + 100);
  EXPECT_EQ(counted({}, 9), 51);
  EXPECT_EQ(counted({}, 10), 51 + 100);
  EXPECT_EQ(counted({.directions = 2, .hessian_directions = 3, .descent_check = true}, 0), 4 + 6);
  EXPECT_EQ(counted({.directions = 2, .hessian = ZohaHessian::Diagonal}, 0), 3);
  EXPECT_EQ(counted({.directions = 2, .hessian = ZohaHessian::Power, .hessian_directions = 3}, 0),
            3 + 4 * 60 * 3 * 2);
}

}  // namespace
}  // namespace zo
