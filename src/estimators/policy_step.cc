#include "src/estimators/policy_step.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

namespace zo {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// ĝ/λ.
PolicyStep plain_step(const Eigen::VectorXd& gamma, double lambda) {
  const Eigen::VectorXd plain = gamma / lambda;
  return {{plain.begin(), plain.end()}, 0};
}

/// (λI + UDUᵀ)⁻¹Uγ = U (λI + D UᵀU)⁻¹ γ, D = diag(ν/c): Woodbury for a vector in the span of U,
/// without ν⁻¹.
PolicyStep exact_step(const Eigen::Map<const Matrix>& gram,
                      const Eigen::VectorXd& gamma,
                      const Eigen::VectorXd& nu,
                      double c,
                      double lambda) {
  Matrix system = (nu / c).asDiagonal() * gram;
  system.diagonal().array() += lambda;
  const Eigen::FullPivLU<Matrix> solver(system);
  if (!solver.isInvertible()) {
    PolicyStep plain = plain_step(gamma, lambda);
    plain.guarded = gamma.size();
    return plain;
  }
  const Eigen::VectorXd solution = solver.solve(gamma);
  return {{solution.begin(), solution.end()}, 0};
}

}  // namespace

std::vector<double> gradient_weights(std::span<const double> gram, std::size_t n) {
  std::vector<double> weights;
  weights.reserve(n);
  for (std::size_t k = 0; k < n; ++k) weights.push_back(gram[k * n + k]);
  return weights;
}

std::vector<double> hessian_weights(std::span<const double> gram,
                                    std::size_t n,
                                    std::int64_t dimension) {
  std::vector<double> weights;
  weights.reserve(n);
  for (const double square : gradient_weights(gram, n)) {
    weights.push_back(square * square - 2.0 * square + static_cast<double>(dimension));
  }
  return weights;
}

std::vector<double> gradient_coefficients(const Deviations& deviations, double mu) {
  std::vector<double> gamma;
  gamma.reserve(deviations.value.size());
  for (const double value : deviations.value) gamma.push_back(value / (mu * deviations.normaliser));
  return gamma;
}

const Names<PolicyInverse>& inverse_names() {
  static const Names<PolicyInverse> names = {{PolicyInverse::Shared, "shared"},
                                             {PolicyInverse::Diagonal, "diagonal"},
                                             {PolicyInverse::Exact, "exact"},
                                             {PolicyInverse::None, "none"}};
  return names;
}

PolicyStep policy_step(const Deviations& deviations,
                       std::span<const double> gram,
                       double mu,
                       double lambda,
                       PolicyInverse inverse,
                       double guard) {
  const auto n = static_cast<Eigen::Index>(deviations.value.size());
  const double c = deviations.normaliser;
  const std::vector<double> coefficients = gradient_coefficients(deviations, mu);
  const Eigen::Map<const Eigen::VectorXd> gamma(coefficients.data(), n);
  const Eigen::Map<const Matrix> products(gram.data(), n, n);
  const Eigen::VectorXd nu =
      Eigen::Map<const Eigen::VectorXd>(deviations.value.data(), n) / (mu * mu);
  if (inverse == PolicyInverse::None) return plain_step(gamma, lambda);
  if (inverse == PolicyInverse::Exact) return exact_step(products, gamma, nu, c, lambda);

  PolicyStep step;
  Eigen::VectorXd along = products * gamma;  // u_k · ĝ
  if (inverse == PolicyInverse::Shared) {
    // u_k · ĝ_{−k}: without sample k, and averaged over one sample less.
    along -= products.diagonal().cwiseProduct(gamma);
    along *= c > 1.0 ? c / (c - 1.0) : 0.0;
  }
  for (Eigen::Index k = 0; k < n; ++k) {
    const double denominator = lambda * c + nu[k] * products(k, k);
    const bool usable = std::abs(denominator) >= guard * lambda * c;
    step.guarded += usable ? 0 : 1;
    const double curved = usable ? nu[k] * along[k] / denominator : 0.0;
    step.coefficients.push_back((gamma[k] - curved) / lambda);
  }
  return step;
}

double combination_norm(std::span<const double> gram, std::span<const double> a) {
  const std::size_t n = a.size();
  double sum = 0.0;
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t j = 0; j < n; ++j) sum += a[k] * a[j] * gram[k * n + j];
  }
  return std::sqrt(std::max(sum, 0.0));
}

}  // namespace zo
