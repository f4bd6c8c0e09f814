#include "src/study/inverse_error.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <vector>

namespace zo {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// ‖U M Uᵀ‖_F for symmetric M, G = UᵀU.
double norm_between(const Matrix& m, const Eigen::Map<const Matrix>& gram) {
  const Matrix mg = m * gram;
  return std::sqrt(std::max((mg * mg).trace(), 0.0));
}

double distance(std::span<const double> gram,
                const std::vector<double>& a,
                const std::vector<double>& b) {
  std::vector<double> difference(a.size());
  std::transform(a.begin(), a.end(), b.begin(), difference.begin(), std::minus<>());
  return combination_norm(gram, difference);
}

}  // namespace

InverseError inverse_error(const Deviations& deviations,
                           std::span<const double> gram,
                           double mu,
                           double lambda) {
  const auto n = static_cast<Eigen::Index>(deviations.value.size());
  const Eigen::Map<const Matrix> g(gram.data(), n, n);
  const Eigen::VectorXd a = Eigen::Map<const Eigen::VectorXd>(deviations.value.data(), n) /
                            (mu * mu * deviations.normaliser);
  // (λI + UAUᵀ)⁻¹ = I/λ − U (λI + AG)⁻¹A Uᵀ / λ, whose diagonal form keeps G's diagonal alone.
  Matrix system = a.asDiagonal() * g;
  system.diagonal().array() += lambda;
  const Matrix diagonal_of_a = a.asDiagonal();
  const Matrix exact = system.fullPivLu().solve(diagonal_of_a) / lambda;
  const Eigen::VectorXd short_form =
      (a.array() / (lambda * (lambda + a.array() * g.diagonal().array()))).matrix();
  const Matrix difference = exact - Matrix(short_form.asDiagonal());

  constexpr double kNoGuard = 0.0;
  const auto step = [&](PolicyInverse inverse) {
    return policy_step(deviations, gram, mu, lambda, inverse, kNoGuard).coefficients;
  };
  const std::vector<double> whole = step(PolicyInverse::Exact),
                            shared = step(PolicyInverse::Shared);
  std::vector<double> plain = gradient_coefficients(deviations, mu);
  for (double& entry : plain) entry /= lambda;
  return {norm_between(difference, g) / norm_between(exact, g),
          distance(gram, shared, whole) / combination_norm(gram, whole),
          distance(gram, shared, plain) / combination_norm(gram, plain)};
}

}  // namespace zo
