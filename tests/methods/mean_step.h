#pragma once
#include <Eigen/Dense>
#include <cmath>
#include <cstdint>
#include <vector>

#include "src/methods/method.h"
#include "tests/estimators/statistics.h"
#include "tests/methods/still_oracle.h"
#include "tests/oracle/functions.h"

namespace zo::test {

/// An indefinite quadratic of five coordinates, away from its stationary point.
struct SmallQuadratic {
  static constexpr std::int64_t kD = 5;
  Eigen::MatrixXd a = random_symmetric(41, kD);
  Eigen::VectorXd b = random_matrix(42, kD, 1);
  Eigen::VectorXd x = random_matrix(43, kD, 1);
  PlainFunction function = quadratic(a, b);
  std::vector<double> start{x.begin(), x.end()};
  Eigen::VectorXd gradient = a * x + b;
};

/// Steps 0 … draws − 1 from one point are independent: their mean is −lr · `expected`, entry by
/// entry. Returns the draws of ‖step‖²/lr².
inline Draws expect_mean_step(Method& method,
                              StillOracle& oracle,
                              double lr,
                              const Eigen::VectorXd& expected,
                              std::int64_t draws) {
  std::vector<Draws> entries(expected.size());
  Draws square;
  for (std::int64_t k = 0; k < draws; ++k) {
    oracle.begin_batch(k);
    method.step(oracle, k);
    double sum = 0.0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const double g = -oracle.moved()[i] / lr;
      entries[i].add(g);
      sum += g * g;
    }
    square.add(sum);
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    expect_mean(entries[i], expected[static_cast<Eigen::Index>(i)]);
  }
  return square;
}

}  // namespace zo::test
