#include "src/study/hessian_study.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include "src/base/error.h"
#include "src/base/philox.h"
#include "src/oracle/function_oracle.h"
#include "src/problems/registry.h"
#include "src/study/hessian_estimators.h"

namespace zo {
namespace {

constexpr std::uint64_t kNoiseStream = std::uint64_t{1} << 21;  // behind the starting points
constexpr std::int64_t kMostDense = 1000;                       // coordinates of a dense estimate
// Their Hessians have degree 2 at most.
constexpr std::array<std::string_view, 4> kQuartic = {
    "quadratic", "quartic", "rosenbrock", "styblinski-tang"};

void check(const HessianStudy& study, const Problem& problem) {
  const std::int64_t d = problem.dimension();
  if (study.histories > 1 && study.estimator != "zovh") {
    fail_usage(
        "--histories {}: only --estimator zovh reuses losses of earlier points; leave it out",
        study.histories);
  }
  if (study.estimator == "zovh" && study.directions < 2 &&
      (study.baseline == Baseline::Mean || study.baseline == Baseline::StepMean)) {
    fail_usage(
        "--directions {}: the mean over one loss is that loss, so --baseline {} needs at least 2 "
        "directions",
        study.directions,
        name_of(study.baseline, baseline_names()));
  }
  if ((study.estimator == "coordinate" || study.estimator == "smoothed") && d > kMostDense) {
    fail_usage(
        "--estimator {}: works on all d² entries, so at most {} coordinates, not {}; choose "
        "another",
        study.estimator,
        kMostDense,
        d);
  }
  if (study.estimator == "smoothed" &&
      std::find(kQuartic.begin(), kQuartic.end(), problem.name()) == kQuartic.end()) {
    fail_usage(
        "--estimator smoothed: exact for polynomials of degree 4 and less alone, not for {}; "
        "choose "
        "{}",
        problem.name(),
        fmt::join(kQuartic, ", "));
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

/// Not the mean: a denominator near 0 makes single ones as great as one likes.
double median_of(const std::vector<InverseError>& errors, double InverseError::*entry) {
  std::vector<double> values;
  values.reserve(errors.size());
  for (const InverseError& error : errors) values.push_back(error.*entry);
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

void HessianStudy::describe(OptionTable& table) {
  table.begin_group("Estimator");
  table.add(
      "estimator",
      &estimator,
      {"zovh",
       "cd",
       "s1",
       "s2",
       "s3",
       "coordinate",
       "smoothed",
       "pair-lazy",
       "pair-literal",
       "pair-secant",
       "pair-rotating"},
      "how the Hessian is estimated; smoothed: no estimate but the mean of all one-sided ones, "
      "E ∇²f(x + μu)");
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
  table.add("lambda",
            &lambda,
            Range::positive(),
            "zovh: λ of (Ĥ + λI)⁻¹, whose short forms are measured too");
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
  check(study, problem);
  HessianErrors errors;
  double squares = 0.0;
  std::vector<InverseError> inverses;
  for (std::int64_t s = 0; s < study.starts; ++s) {
    FunctionOracle oracle(noisy(problem, study.noise, seed),
                          starting_point(problem, start, seed, static_cast<std::uint64_t>(s)),
                          threads);
    const auto estimator = make_walking_estimator(study, problem, seed, s);
    for (std::int64_t t = 0; t < study.points; ++t) {
      const std::int64_t number = s * study.points + t;
      oracle.begin_batch(number);
      const auto exact = problem.hessian(oracle.theta());
      const PointError point = estimator->at(oracle, number, *exact);
      errors.error += point.whole;
      squares += point.whole * point.whole;
      errors.zero_error += std::sqrt(exact->squared_norm());
      if (point.block) errors.block_error = errors.block_error.value_or(0.0) + *point.block;
      if (point.inverse) inverses.push_back(*point.inverse);
      if (t + 1 < study.points) walk(oracle, problem, study.step);
    }
    errors.queries += oracle.ledger().queries();
  }
  errors.estimates = study.starts * study.points;
  const auto n = static_cast<double>(errors.estimates);
  errors.error /= n;
  errors.zero_error /= n;
  if (errors.block_error) *errors.block_error /= n;
  if (!inverses.empty()) {
    errors.inverse = {median_of(inverses, &InverseError::inverse),
                      median_of(inverses, &InverseError::product),
                      median_of(inverses, &InverseError::beside_gradient)};
  }
  const double variance = std::max(squares / n - errors.error * errors.error, 0.0);
  errors.standard_error = std::sqrt(variance / n);
  return errors;
}

}  // namespace zo
