#include "src/train/hessian_study.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/base/philox.h"
#include "src/estimators/block_hessian.h"
#include "src/estimators/coordinate_hessian.h"
#include "src/estimators/policy_hessian.h"
#include "src/oracle/function_oracle.h"
#include "src/problems/registry.h"

namespace zo {
namespace {

constexpr std::uint64_t kNoiseStream = std::uint64_t{1} << 21;  // behind the starting points
constexpr std::int64_t kMostDense = 1000;                       // coordinates of a dense estimate

/// The error of one estimate; `block` inside the blocks of a pair estimator.
struct PointError {
  double whole = 0.0;
  std::optional<double> block;
};

/// An estimator on its walk. One is made for every start.
class Estimator {
 public:
  virtual ~Estimator() = default;
  virtual PointError at(LossOracle& oracle, std::int64_t number, const SymmetricMatrix& exact) = 0;
};

class OneSided : public Estimator {
 public:
  OneSided(PolicyOptions options, Baseline baseline, std::int64_t dimension)
      : options_(options), baseline_(baseline), samples_(options, dimension) {}
  PointError at(LossOracle& oracle, std::int64_t number, const SymmetricMatrix& exact) override {
    const double anchor = baseline_ == Baseline::Anchor ? oracle.base() : 0.0;
    samples_.ask(oracle, number, anchor);
    const RankSum estimate =
        one_sided_hessian(samples_, baseline_, options_.radius, oracle.dimension());
    return {frobenius_error(estimate, exact), std::nullopt};
  }

 private:
  PolicyOptions options_;
  Baseline baseline_;
  PolicySamples samples_;
};

class TwoSided : public Estimator {
 public:
  TwoSided(PolicyOptions options, Antithetic kind) : options_(options), kind_(kind) {}
  PointError at(LossOracle& oracle, std::int64_t number, const SymmetricMatrix& exact) override {
    const RankSum estimate = antithetic_hessian(oracle, kind_, options_, number);
    return {frobenius_error(estimate, exact), std::nullopt};
  }

 private:
  PolicyOptions options_;
  Antithetic kind_;
};

class Coordinates : public Estimator {
 public:
  explicit Coordinates(double radius) : radius_(radius) {}
  PointError at(LossOracle& oracle, std::int64_t, const SymmetricMatrix& exact) override {
    const std::vector<double> estimate = coordinate_hessian(oracle, radius_), truth = dense(exact);
    double square = 0.0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      square += (estimate[i] - truth[i]) * (estimate[i] - truth[i]);
    }
    return {std::sqrt(square), std::nullopt};
  }

 private:
  double radius_;
};

/// The block-diagonal estimate of ZO-SAH over all coordinates in a random pairing.
class Pairs : public Estimator {
 public:
  Pairs(HessianOptions options, std::uint64_t seed, std::int64_t start, std::int64_t dimension)
      : blocks_(options) {
    blocks_.begin(draw_subspace(seed, start, dimension, dimension, 2), 0.0);
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
            std::sqrt(inside)};
  }

 private:
  BlockHessian blocks_;
};

using Maker = std::function<std::unique_ptr<Estimator>(std::int64_t start)>;

HessianOptions pair_options(HessianKind kind, double radius) {
  // The weights of the priors that the fits are recommended with (methods.md 1.4, 1.6).
  const double ridge = kind == HessianKind::Secant     ? 1.0
                       : kind == HessianKind::Rotating ? 1e-3
                                                       : 1e-6;
  return {
      .kind = kind, .eps = radius, .radius = radius, .ridge = ridge, .basis = Basis::Consistent};
}

const std::map<std::string, HessianKind>& pair_kinds() {
  static const std::map<std::string, HessianKind> kinds{{"pair-lazy", HessianKind::Lazy},
                                                        {"pair-literal", HessianKind::Literal},
                                                        {"pair-secant", HessianKind::Secant},
                                                        {"pair-rotating", HessianKind::Rotating}};
  return kinds;
}

Maker maker_of(const HessianStudy& study, std::int64_t d, std::uint64_t seed) {
  const PolicyOptions policy{.seed = seed,
                             .directions = study.directions,
                             .history = study.histories,
                             .radius = study.radius};
  const std::string& name = study.estimator;
  if (const auto kind = pair_kinds().find(name); kind != pair_kinds().end()) {
    const HessianOptions options = pair_options(kind->second, study.radius);
    return [=](std::int64_t start) { return std::make_unique<Pairs>(options, seed, start, d); };
  }
  if (name == "coordinate") {
    return [=](std::int64_t) { return std::make_unique<Coordinates>(study.radius); };
  }
  if (name == "cd" || name == "s3") {
    const Antithetic kind = name == "cd" ? Antithetic::CentralDifference : Antithetic::Corrected;
    return [=](std::int64_t) { return std::make_unique<TwoSided>(policy, kind); };
  }
  const Baseline baseline = name == "s1"   ? Baseline::None
                            : name == "s2" ? Baseline::Anchor
                                           : parse_baseline(study.baseline);
  return [=](std::int64_t) { return std::make_unique<OneSided>(policy, baseline, d); };
}

void check(const HessianStudy& study, std::int64_t d) {
  if (study.histories > 1 && study.estimator != "zovh") {
    fail_usage(
        "--histories {}: only --estimator zovh reuses losses of earlier points; leave it out",
        study.histories);
  }
  if (study.estimator == "zovh" && study.directions < 2 &&
      (study.baseline == "mean" || study.baseline == "step-mean")) {
    fail_usage(
        "--directions {}: the mean over one loss is that loss, so --baseline {} needs at least 2 "
        "directions",
        study.directions,
        study.baseline);
  }
  if (study.estimator == "coordinate" && d > kMostDense) {
    fail_usage(
        "--estimator coordinate: asks d²/2 queries, so at most {} coordinates, not {}; choose "
        "another",
        kMostDense,
        d);
  }
}

/// f(x) + ξᵀx with a fresh ξ for every batch.
PlainFunction noisy(const Problem& problem, double deviation, std::uint64_t seed) {
  return [&problem, deviation, seed](std::span<const double> x, std::int64_t batch) {
    double value = problem.value(x);
    if (deviation > 0.0) {
      const Philox xi(seed, Purpose::Problem, kNoiseStream + static_cast<std::uint64_t>(batch));
      for (std::size_t i = 0; i < x.size(); ++i) value += deviation * xi.normal(i) * x[i];
    }
    return value;
  };
}

/// One point further down the exact gradient.
void walk(LossOracle& oracle, const Problem& problem, double step) {
  Update update;
  update.dense = problem.gradient(oracle.theta());
  const double norm = std::sqrt(inner(update.dense, update.dense));
  for (double& entry : update.dense) entry *= norm > 0.0 ? -step / norm : 0.0;
  oracle.move(update);
}

}  // namespace

void HessianStudy::describe(OptionTable& table) {
  table.begin_group("Estimator");
  table.add("estimator",
            &estimator,
            {"zovh",
             "cd",
             "s1",
             "s2",
             "s3",
             "coordinate",
             "pair-lazy",
             "pair-literal",
             "pair-secant",
             "pair-rotating"},
            "how the Hessian is estimated");
  table.add("directions", &directions, Range::between(1, 1e6), "K, random directions a point");
  table.add("histories",
            &histories,
            Range::between(1, 1e6),
            "zovh: N, points whose losses are used, the present one included");
  table.add("baseline", &baseline, baseline_names(), "zovh: what is subtracted from the losses");
  table.add("radius",
            &radius,
            Range::positive(),
            "μ, length scale of the directions; step of coordinate differences");
  table.begin_group("Study");
  table.add("starts", &starts, Range::between(1, 1e6), "starting points");
  table.add("points", &points, Range::between(1, 1e6), "points of the walk from each start");
  table.add("step", &step, Range::at_least(0), "distance between points, down the gradient");
  table.add("noise",
            &noise,
            Range::at_least(0),
            "standard deviation of a random linear term, drawn anew for each point");
}

HessianErrors measure_hessian_errors(const Problem& problem,
                                     const HessianStudy& study,
                                     const std::string& start,
                                     std::uint64_t seed,
                                     int threads) {
  check(study, problem.dimension());
  const Maker make = maker_of(study, problem.dimension(), seed);
  HessianErrors errors;
  double squares = 0.0;
  for (std::int64_t s = 0; s < study.starts; ++s) {
    FunctionOracle oracle(noisy(problem, study.noise, seed),
                          starting_point(problem, start, seed, static_cast<std::uint64_t>(s)),
                          threads);
    const auto estimator = make(s);
    for (std::int64_t t = 0; t < study.points; ++t) {
      const std::int64_t number = s * study.points + t;
      oracle.begin_batch(number);
      const auto exact = problem.hessian(oracle.theta());
      const PointError point = estimator->at(oracle, number, *exact);
      errors.error += point.whole;
      squares += point.whole * point.whole;
      errors.zero_error += std::sqrt(exact->squared_norm());
      if (point.block) errors.block_error = errors.block_error.value_or(0.0) + *point.block;
      if (t + 1 < study.points) walk(oracle, problem, study.step);
    }
    errors.queries += oracle.ledger().queries();
  }
  errors.estimates = study.starts * study.points;
  const auto n = static_cast<double>(errors.estimates);
  errors.error /= n;
  errors.zero_error /= n;
  if (errors.block_error) *errors.block_error /= n;
  const double variance = std::max(squares / n - errors.error * errors.error, 0.0);
  errors.standard_error = std::sqrt(variance / n);
  return errors;
}

}  // namespace zo
