#include "src/estimators/policy_hessian.h"

#include <cmath>
#include <numeric>

#include "src/base/error.h"
#include "src/estimators/directions.h"
#include "src/estimators/policy_step.h"
#include "src/estimators/two_point.h"

namespace zo {
namespace {

std::vector<double> full(const DenseProbe& direction, std::int64_t dimension) {
  std::vector<double> v(dimension);
  direction_entries(direction, 0, v);
  return v;
}

}  // namespace

RankSum one_sided_hessian(const PolicySamples& samples,
                          Baseline baseline,
                          double mu,
                          std::int64_t dimension) {
  RankSum estimate;
  estimate.directions = samples.directions();
  std::vector<double> weights;
  if (baseline == Baseline::Optimal) {
    const std::vector<double> products = gram(estimate.directions, dimension);
    weights = hessian_weights(products, estimate.directions.size(), dimension);
  }
  const Deviations d = deviations(samples.samples(), baseline, weights);
  if (!(d.normaliser > 0.0)) {
    fail_run(
        "a Hessian estimate with this baseline needs more than the {} finite losses there are; ask "
        "more directions",
        d.value.size());
  }
  for (const double value : d.value)
    estimate.coefficients.push_back(value / (d.normaliser * mu * mu));
  if (baseline != Baseline::Mean && baseline != Baseline::StepMean) {
    estimate.shift =
        std::accumulate(estimate.coefficients.begin(), estimate.coefficients.end(), 0.0);
  }
  return estimate;
}

RankSum antithetic_hessian(LossOracle& oracle,
                           Antithetic kind,
                           const PolicyOptions& options,
                           std::int64_t step) {
  const DirectionStream stream{.seed = options.seed, .step = step};
  const auto directions =
      options.orthogonal ? orthogonal_directions(stream, options.directions, oracle.dimension())
                         : seeded_directions(stream, options.directions);
  const double base = oracle.base();
  const TwoPoint asked = two_point(oracle, directions, options.radius);
  RankSum estimate;
  estimate.dropped = asked.dropped;
  const double used = static_cast<double>(options.directions - asked.dropped);
  for (std::size_t k = 0; k < directions.size(); ++k) {
    if (!std::isfinite(asked.mean[k])) continue;
    estimate.directions.push_back(directions[k]);
    estimate.coefficients.push_back((asked.mean[k] - base) /
                                    (used * options.radius * options.radius));
    if (kind == Antithetic::Corrected) estimate.shift += estimate.coefficients.back();
  }
  return estimate;
}

std::vector<double> dense(const RankSum& estimate, std::int64_t dimension) {
  constexpr std::int64_t kMost = 5000;
  if (dimension > kMost) {
    fail_run("a Hessian of {0}x{0} entries is not formed (at most {1}); use its Frobenius error",
             dimension,
             kMost);
  }
  std::vector<double> matrix(dimension * dimension, 0.0);
  for (std::size_t k = 0; k < estimate.directions.size(); ++k) {
    const std::vector<double> u = full(estimate.directions[k], dimension);
    for (std::int64_t i = 0; i < dimension; ++i) {
      const double left = estimate.coefficients[k] * u[i];
      for (std::int64_t j = 0; j < dimension; ++j) matrix[i * dimension + j] += left * u[j];
    }
  }
  for (std::int64_t i = 0; i < dimension; ++i) matrix[i * dimension + i] -= estimate.shift;
  return matrix;
}

double frobenius_error(const RankSum& estimate, const SymmetricMatrix& exact) {
  const std::size_t n = estimate.directions.size();
  const std::int64_t d = exact.dimension();
  const auto& c = estimate.coefficients;
  const std::vector<double> products = gram(estimate.directions, d);
  // ‖Ĥ − A‖² = ‖Ĥ‖² − 2⟨Ĥ, A⟩ + ‖A‖², every term from inner products of length d.
  double square = estimate.shift * estimate.shift * static_cast<double>(d);
  double mixed = -estimate.shift * exact.trace();
  std::vector<double> image(d);
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t j = 0; j < n; ++j)
      square += c[k] * c[j] * products[k * n + j] * products[k * n + j];
    square -= 2.0 * estimate.shift * c[k] * products[k * n + k];
    const std::vector<double> u = full(estimate.directions[k], d);
    exact.apply(u, image);
    mixed += c[k] * std::inner_product(u.begin(), u.end(), image.begin(), 0.0);
  }
  return std::sqrt(std::max(square - 2.0 * mixed + exact.squared_norm(), 0.0));
}

}  // namespace zo
