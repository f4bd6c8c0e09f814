#include "src/methods/sgd.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/base/error.h"
#include "tests/methods/run_steps.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

/// ½ Σ λ x² that also knows its gradient.
class SmoothOracle : public FunctionOracle, public GradientSource {
 public:
  SmoothOracle() : FunctionOracle(diagonal({1.0, 3.0}), {1.0, -2.0}) {}
  std::vector<double> gradient() override {
    if (broken) return {std::nan(""), 0.0};
    return {theta()[0], 3.0 * theta()[1]};
  }
  bool broken = false;
};

TEST(Sgd, FollowsTorchMomentumAndDecay) {
  SmoothOracle oracle;
  Sgd method({.lr = 0.1, .momentum = 0.9, .weight_decay = 0.01}, 2, {});
  std::vector<double> x = {1.0, -2.0}, buffer(2, 0.0);
  for (std::int64_t k = 0; k < 5; ++k) {
    run_steps(method, oracle, k, 1);
    for (int i = 0; i < 2; ++i) {
      buffer[i] = 0.9 * buffer[i] + (i == 0 ? 1.0 : 3.0) * x[i] + 0.01 * x[i];
      x[i] -= 0.1 * buffer[i];
      EXPECT_NEAR(oracle.theta()[i], x[i], 1e-14);
    }
  }
  EXPECT_EQ(oracle.ledger().queries(), 5);
  EXPECT_EQ(method.queries_of_step(3), 1);
}

TEST(Sgd, ResumedRunEqualsTheStraightOneBitForBit) {
  SmoothOracle one, two;
  const SgdOptions options{.lr = 0.1, .lr_schedule = ScheduleKind::Cosine};
  Sgd straight(options, 2, {.max_steps = 10}), first(options, 2, {.max_steps = 10}),
      second(options, 2, {.max_steps = 10});
  run_steps(straight, one, 0, 10);
  run_steps(first, two, 0, 4);
  second.load_state(first.state());
  run_steps(second, two, 4, 6);
  EXPECT_EQ(one.theta(), two.theta());
}

TEST(Sgd, GradientThatIsNotFiniteRejectsTheStep) {
  SmoothOracle oracle;
  Sgd method({}, 2, {});
  const State before = method.state();
  oracle.broken = true;
  EXPECT_TRUE(run_steps(method, oracle, 0, 1).rejected);
  EXPECT_EQ(oracle.theta(), (std::vector<double>{1.0, -2.0}));
  EXPECT_EQ(method.state(), before);
}

TEST(Sgd, RefusesAnOracleWithoutGradient) {
  FunctionOracle oracle(rosenbrock, {0.0, 0.0});
  Sgd method({}, 2, {});
  EXPECT_THROW(method.step(oracle, 0), Error);
}

TEST(Sgd, ScheduleNeedsTheLengthOfTheRun) {
  EXPECT_THROW(Sgd({.lr_schedule = ScheduleKind::Cosine}, 2, {}), Error);
  EXPECT_NO_THROW(Sgd({.lr_schedule = ScheduleKind::Cosine}, 2, {.max_queries = 5}));
}

}  // namespace
}  // namespace zo
