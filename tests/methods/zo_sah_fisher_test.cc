// ZO-SAH with a Fisher matrix from the losses of single examples.
#include <gtest/gtest.h>

#include <cmath>

#include "src/oracle/function_oracle.h"
#include "tests/methods/flags.h"
#include "tests/methods/run_steps.h"

namespace zo {
namespace {

using namespace zo::test;

/// ½(a_nᵀx − y_n)² with residuals of ±1 at 0, where the Fisher matrix is the Hessian.
FunctionOracle least_squares() {
  return FunctionOracle(plain_layout(2),
                        FiniteSum{4,
                                  [](std::span<const double> x, std::int64_t, auto losses) {
                                    const double a[4][2] = {{1, 2}, {3, -1}, {-2, 2}, {0.5, 1}};
                                    const double y[4] = {-1, 1, -1, -1};
                                    for (int n = 0; n < 4; ++n) {
                                      const double r = a[n][0] * x[0] + a[n][1] * x[1] - y[n];
                                      losses[n] = 0.5 * r * r;
                                    }
                                  }},
                        {0.0, 0.0},
                        Precision::Float64);
}

TEST(ZoSahFisher, ItsStepIsNewtonsWhereTheFisherMatrixIsTheHessian) {
  FunctionOracle oracle = least_squares();
  // From the table: Σ a₁² = 14.25, Σ a₁a₂ = −4.5, Σ a₂² = 10, Σ r a = (−3.5, 6) over 4 examples.
  const double h11 = 14.25 / 4, h12 = -4.5 / 4, h22 = 10.0 / 4, g1 = -0.875, g2 = 1.5;
  const double det = h11 * h22 - h12 * h12;
  const double w1 = (h22 * g1 - h12 * g2) / det, w2 = (h11 * g2 - h12 * g1) / det;
  const auto method = make("zo-sah",
                           {{"hessian", "fisher"},
                            {"block", "0"},
                            {"eps", "1e-7"},
                            {"damping", "1e-12"},
                            {"trust", std::to_string(w1 * g1 + w2 * g2)},
                            {"step", "fixed"},
                            {"lr", "1"}},
                           oracle.layout());
  run_steps(*method, oracle, 0, 1);
  EXPECT_NEAR(oracle.theta()[0], -w1, 1e-5);
  EXPECT_NEAR(oracle.theta()[1], -w2, 1e-5);
  EXPECT_EQ(oracle.ledger().queries(), 3);
}

TEST(ZoSahFisher, AProbeThatIsNotFiniteIsCountedAndDoesNotMoveItsCoordinate) {
  FunctionOracle oracle(plain_layout(3),
                        FiniteSum{2,
                                  [](std::span<const double> x, std::int64_t, auto losses) {
                                    losses[0] = 0.5 * x[1] * x[1] + x[2] * x[2];
                                    losses[1] = x[0] > 1.0 ? std::nan("") : x[1] * x[1];
                                  }},
                        {1.0, 1.0, 1.0},
                        Precision::Float64);
  const auto method =
      make("zo-sah", {{"hessian", "fisher"}, {"block", "0"}, {"step", "fixed"}}, oracle.layout());
  const StepReport report = run_steps(*method, oracle, 0, 1);
  EXPECT_EQ(report.dropped, 1);
  EXPECT_EQ(oracle.theta()[0], 1.0);
  EXPECT_LT(oracle.theta()[1], 1.0);
  EXPECT_LT(oracle.theta()[2], 1.0);
}

}  // namespace
}  // namespace zo
