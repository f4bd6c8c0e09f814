#include "src/study/hessian_estimators.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "src/estimators/coordinate_hessian.h"
#include "src/estimators/curvature/block_hessian.h"
#include "src/estimators/directions.h"
#include "src/estimators/policy_hessian.h"

namespace zo {
namespace {

class OneSided : public WalkingEstimator {
 public:
  OneSided(PolicyOptions options,
           Baseline baseline,
           std::optional<double> lambda,
           std::int64_t dimension)
      : options_(options), baseline_(baseline), lambda_(lambda), samples_(options, dimension) {}
  PointError at(LossOracle& oracle, std::int64_t number, const SymmetricMatrix& exact) override {
    const double anchor = baseline_ == Baseline::Anchor ? oracle.base() : 0.0;
    samples_.ask(oracle, number, anchor);
    const RankSum estimate =
        one_sided_hessian(samples_, baseline_, options_.radius, oracle.dimension());
    return {frobenius_error(estimate, exact), std::nullopt, inverse(oracle.dimension())};
  }

 private:
  std::optional<InverseError> inverse(std::int64_t dimension) const {
    if (!lambda_) return std::nullopt;
    const std::vector<double> products = gram(samples_.directions(), dimension);
    const std::vector<double> weights = gradient_weights(products, samples_.samples().size());
    const Deviations losses = deviations(samples_.samples(), baseline_, weights);
    // The shared product leaves one sample out, and a mean takes another.
    if (losses.normaliser <= 1.0) return std::nullopt;
    return inverse_error(losses, products, options_.radius, *lambda_);
  }

  PolicyOptions options_;
  Baseline baseline_;
  std::optional<double> lambda_;  // none: the estimate is not one that is inverted
  PolicySamples samples_;
};

class TwoSided : public WalkingEstimator {
 public:
  TwoSided(PolicyOptions options, Antithetic kind) : options_(options), kind_(kind) {}
  PointError at(LossOracle& oracle, std::int64_t number, const SymmetricMatrix& exact) override {
    const RankSum estimate = antithetic_hessian(oracle, kind_, options_, number);
    return {frobenius_error(estimate, exact), std::nullopt, std::nullopt};
  }

 private:
  PolicyOptions options_;
  Antithetic kind_;
};

class Coordinates : public WalkingEstimator {
 public:
  explicit Coordinates(double radius) : radius_(radius) {}
  PointError at(LossOracle& oracle, std::int64_t, const SymmetricMatrix& exact) override {
    const std::vector<double> estimate = coordinate_hessian(oracle, radius_), truth = dense(exact);
    double square = 0.0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      square += (estimate[i] - truth[i]) * (estimate[i] - truth[i]);
    }
    return {std::sqrt(square), std::nullopt, std::nullopt};
  }

 private:
  double radius_;
};

/// No estimate but what every one-sided estimate tends to: E ∇²f(x + μu), u ~ N(0, I). By the
/// cubature of the 2d points ±√d e_j with equal weights, which is exact for a Hessian of degree at
/// most 3.
class Smoothed : public WalkingEstimator {
 public:
  Smoothed(const Problem& problem, double radius) : problem_(problem), radius_(radius) {}
  PointError at(LossOracle& oracle, std::int64_t, const SymmetricMatrix& exact) override {
    std::vector<double> x = oracle.theta();
    const auto d = static_cast<double>(x.size());
    std::vector<double> difference = dense(exact);
    for (double& entry : difference) entry = -entry;
    for (double& entry : x) {
      const double before = entry;
      for (const double sign : {-1.0, 1.0}) {
        entry = before + sign * radius_ * std::sqrt(d);
        const std::vector<double> there = dense(*problem_.hessian(x));
        for (std::size_t i = 0; i < there.size(); ++i) difference[i] += there[i] / (2.0 * d);
      }
      entry = before;
    }
    return {std::sqrt(inner(difference, difference)), std::nullopt, std::nullopt};
  }

 private:
  const Problem& problem_;
  double radius_;
};

/// The block-diagonal estimate of ZO-SAH over all coordinates in a random pairing.
class Pairs : public WalkingEstimator {
 public:
  Pairs(CurvatureKind kind,
        const HessianStudy& study,
        std::uint64_t stream,
        std::int64_t start,
        std::int64_t dimension)
      : blocks_(make_curvature({.kind = kind, .radius = study.radius, .basis = Basis::Consistent}),
                study.radius) {
    blocks_.begin(draw_subspace(stream, start, dimension, dimension, 2), 0.0);
  }
  PointError at(LossOracle& oracle, std::int64_t, const SymmetricMatrix& exact) override {
    const double base = oracle.base();
    const std::vector<Probe> probes = blocks_.plan(oracle);
    blocks_.absorb(base, oracle.evaluate(probes));
    const Subspace& pairs = blocks_.subspace();
    std::vector<double> unit(static_cast<std::size_t>(oracle.dimension())), column(unit.size());
    double inside = 0.0, exact_inside = 0.0;
    for (std::int64_t j = 0; j < pairs.blocks(); ++j) {
      for (std::int64_t a = 0; a < pairs.length(j); ++a) {
        const std::int64_t at = pairs.coordinates[pairs.first(j) + a];
        unit[at] = 1.0;
        exact.apply(unit, column);
        unit[at] = 0.0;
        for (std::int64_t b = 0; b < pairs.length(j); ++b) {
          const double truth = column[pairs.coordinates[pairs.first(j) + b]];
          const double h =
              blocks_.blocks()[j * pairs.packed() + packed_index(std::max(a, b), std::min(a, b))];
          // A block that could not be estimated counts as the zero matrix.
          const double difference = std::isfinite(h) ? h - truth : truth;
          inside += difference * difference;
          exact_inside += truth * truth;
        }
      }
    }
    return {std::sqrt(inside + std::max(exact.squared_norm() - exact_inside, 0.0)),
            std::sqrt(inside),
            std::nullopt};
  }

 private:
  BlockHessian blocks_;
};

const std::map<std::string, CurvatureKind>& pair_kinds() {
  static const std::map<std::string, CurvatureKind> kinds{
      {"pair-lazy", CurvatureKind::Lazy},
      {"pair-literal", CurvatureKind::Literal},
      {"pair-secant", CurvatureKind::Secant},
      {"pair-rotating", CurvatureKind::Rotating}};
  return kinds;
}

}  // namespace

std::unique_ptr<WalkingEstimator> make_walking_estimator(const HessianStudy& study,
                                                         const Problem& problem,
                                                         std::uint64_t seed,
                                                         std::int64_t start) {
  const PolicyOptions policy{.seed = seed,
                             .directions = study.directions,
                             .history = study.histories,
                             .radius = study.radius};
  const std::string& name = study.estimator;
  if (const auto kind = pair_kinds().find(name); kind != pair_kinds().end()) {
    return std::make_unique<Pairs>(kind->second, study, seed, start, problem.dimension());
  }
  if (name == "smoothed") return std::make_unique<Smoothed>(problem, study.radius);
  if (name == "coordinate") return std::make_unique<Coordinates>(study.radius);
  if (name == "cd") return std::make_unique<TwoSided>(policy, Antithetic::CentralDifference);
  if (name == "s3") return std::make_unique<TwoSided>(policy, Antithetic::Corrected);
  const Baseline baseline = name == "s1"   ? Baseline::None
                            : name == "s2" ? Baseline::Anchor
                                           : study.baseline;
  const std::optional<double> lambda = name == "zovh" ? std::optional(study.lambda) : std::nullopt;
  return std::make_unique<OneSided>(policy, baseline, lambda, problem.dimension());
}

}  // namespace zo
