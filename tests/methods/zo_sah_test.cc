#include "src/methods/zo_sah.h"

#include <gtest/gtest.h>

#include "tests/methods/run_steps.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

/// A run in float64 where ε is small enough for the limits that the tests speak about.
ZoSahOptions exact_options(std::string hessian) {
  ZoSahOptions options;
  options.hessian = std::move(hessian);
  options.eps = 1e-4;
  options.radius = 0.0;
  options.lr = 1.0;
  return options;
}

TEST(ZoSah, ReachesTheMinimumOfADiagonalQuadraticInTwoNewtonSteps) {
  // 1.10(3): d = 20, m = d; step 0 costs 1 + 20 + 30 queries and minimises, step 1's base shows it.
  FunctionOracle oracle(diagonal(geometric(20, 100.0)), std::vector<double>(20, 1.0));
  ZoSah method(exact_options("lazy"), 20, {});
  const double start = run_steps(method, oracle, 0, 1).loss;
  EXPECT_LT(oracle.base(), 1e-6 * start);
  EXPECT_EQ(oracle.ledger().queries(), 52);
}

}  // namespace
}  // namespace zo
