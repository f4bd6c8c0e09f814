#pragma once
#include <Eigen/Dense>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "src/base/philox.h"
#include "src/oracle/function_oracle.h"

/// Functions with known derivatives for the tests of estimators and methods.
namespace zo::test {

/// Standard normals, a pure function of (seed, index).
inline double gaussian(std::uint64_t seed, std::int64_t index) {
  return Philox(seed, Purpose::Test).normal(static_cast<std::uint64_t>(index));
}

inline Eigen::MatrixXd random_matrix(std::uint64_t seed, std::int64_t rows, std::int64_t columns) {
  Eigen::MatrixXd m(rows, columns);
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t k = 0; k < columns; ++k) m(i, k) = gaussian(seed, i * columns + k);
  }
  return m;
}

/// Symmetric with Gaussian entries: indefinite, |A| of order one.
inline Eigen::MatrixXd random_symmetric(std::uint64_t seed, std::int64_t d) {
  const Eigen::MatrixXd m = random_matrix(seed, d, d);
  return 0.5 * (m + m.transpose());
}

/// f(x) = ½ xᵀAx + bᵀx.
inline PlainFunction quadratic(Eigen::MatrixXd a, Eigen::VectorXd b) {
  return [a = std::move(a), b = std::move(b)](std::span<const double> x, std::int64_t) {
    const Eigen::Map<const Eigen::VectorXd> v(x.data(), static_cast<Eigen::Index>(x.size()));
    return 0.5 * v.dot(a * v) + b.dot(v);
  };
}

/// f(x) = ½ Σ λ_i x_i².
inline PlainFunction diagonal(std::vector<double> eigenvalues) {
  return [eigenvalues = std::move(eigenvalues)](std::span<const double> x, std::int64_t) {
    double sum = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += 0.5 * eigenvalues[i] * x[i] * x[i];
    return sum;
  };
}

/// λ_i geometric from 1 to `condition`.
inline std::vector<double> geometric(std::int64_t d, double condition) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < d; ++i) {
    values.push_back(std::pow(condition, static_cast<double>(i) / static_cast<double>(d - 1)));
  }
  return values;
}

/// 100 (x₂ − x₁²)² + (1 − x₁)², minimum 0 at (1, 1).
inline double rosenbrock(std::span<const double> x, std::int64_t) {
  const double valley = x[1] - x[0] * x[0];
  return 100.0 * valley * valley + (1.0 - x[0]) * (1.0 - x[0]);
}

}  // namespace zo::test
