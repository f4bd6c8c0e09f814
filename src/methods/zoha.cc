#include "src/methods/zoha.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>

#include "src/estimators/directions.h"
#include "src/estimators/forward_estimate.h"
#include "src/estimators/power_iteration.h"
#include "src/estimators/state_fields.h"
#include "src/estimators/two_point.h"
#include "src/methods/directional.h"

namespace zo {
namespace {

using Values = std::vector<double>;

std::shared_ptr<const Values> shared(Values values) {
  return std::make_shared<const Values>(std::move(values));
}

std::vector<Values> entries_of(const std::vector<DenseProbe>& directions, std::int64_t dimension) {
  std::vector<Values> columns(directions.size(), Values(dimension));
  for (std::size_t i = 0; i < columns.size(); ++i) direction_entries(directions[i], 0, columns[i]);
  return columns;
}

std::vector<Values> cut(const Values& flat, std::int64_t length) {
  std::vector<Values> columns;
  for (auto at = flat.begin(); at != flat.end(); at += length)
    columns.emplace_back(at, at + length);
  return columns;
}

}  // namespace

Zoha::Zoha(const ZohaOptions& options, const Layout& layout, const RunPlan& plan)
    : options_(options), dimension_(layout.dimension()), seed_(plan.seed) {
  const std::int64_t most = options.hessian == ZohaHessian::Power ? 5 : 50;
  if (options_.directions == 0) options_.directions = std::min<std::int64_t>(dimension_, 50);
  if (options_.hessian_directions == 0) options_.hessian_directions = std::min(dimension_, most);
  if (options.lambda > 0.0) lambda_ = options.lambda;
  if (options.hessian == ZohaHessian::Diagonal) diagonal_.assign(dimension_, 0.0);
  schedule_ = planned_schedule(
      options.lr_schedule, options.lr, plan, [this](std::int64_t k) { return queries_of_step(k); });
}

std::int64_t Zoha::refresh_queries() const {
  const std::int64_t columns = options_.hessian_directions;
  if (options_.hessian == ZohaHessian::Sampled) return 2 * columns;
  if (options_.hessian == ZohaHessian::Power)
    return 4 * dimension_ * columns * options_.power_iterations;
  return 0;
}

std::int64_t Zoha::queries_of_step(std::int64_t k) const {
  return options_.directions + 1 + (options_.descent_check ? 1 : 0) +
         (k % options_.period == 0 ? refresh_queries() : 0);
}

/// A new Hessian at θ; returns the directions that were dropped for it.
std::int64_t Zoha::refresh(LossOracle& oracle, std::int64_t k) {
  if (refresh_queries() == 0) return 0;
  const std::int64_t dropped = options_.hessian == ZohaHessian::Sampled ? refresh_sampled(oracle, k)
                                                                        : refresh_power(oracle, k);
  build_root();
  return dropped;
}

std::int64_t Zoha::refresh_sampled(LossOracle& oracle, std::int64_t k) {
  const std::int64_t n = options_.hessian_directions;
  refreshed_ = k;
  const auto directions =
      seeded_directions({.seed = seed_, .step = k, .first = options_.directions}, n);
  const TwoPoint asked = two_point(oracle, directions, options_.eps);
  const double mu2 = options_.eps * options_.eps;
  weights_.clear();
  double trace = 0.0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double w = std::abs(asked.mean[i] - oracle.base()) / (mu2 * static_cast<double>(n));
    weights_.push_back(std::isfinite(w) ? w : 0.0);
    trace += weights_.back() * gram({&directions[i], 1}, dimension_)[0];
  }
  if (options_.lambda == 0.0) {
    const double share = 0.1 * trace / static_cast<double>(n);
    lambda_ = share > 0.0 ? std::min(share, 1.0) : 1.0;
  }
  return asked.dropped;
}

std::int64_t Zoha::refresh_power(LossOracle& oracle, std::int64_t k) {
  const std::int64_t n = options_.hessian_directions;
  const auto start =
      columns_.empty()
          ? entries_of(
                seeded_directions({.seed = seed_, .step = k, .first = options_.directions}, n),
                dimension_)
          : cut(columns_, dimension_);
  const RitzPairs pairs = power_iteration(oracle, start, options_.power_iterations, options_.eps);
  if (!std::isfinite(pairs.values[0])) return n;  // the Hessian in force stays
  refreshed_ = k;
  const double floor = std::max(std::abs(pairs.values.back()), options_.lambda);
  lambda_ = floor > 0.0 ? floor : 1.0;
  weights_.clear();
  columns_.clear();
  for (std::int64_t i = 0; i < n; ++i) {
    weights_.push_back(std::max(std::abs(pairs.values[i]) - lambda_, 0.0));
    columns_.insert(columns_.end(), pairs.columns[i].begin(), pairs.columns[i].end());
  }
  return 0;
}

void Zoha::build_root() {
  root_.reset();
  if (refreshed_ < 0) return;
  std::vector<Values> columns;
  if (options_.hessian == ZohaHessian::Power) {
    columns = cut(columns_, dimension_);
  } else {
    columns = entries_of(
        seeded_directions({.seed = seed_, .step = refreshed_, .first = options_.directions},
                          options_.hessian_directions),
        dimension_);
  }
  root_.emplace(std::move(columns), weights_, lambda_);
}

/// r_i = H^(−1/2) u_i as scale · direction.
std::vector<DenseProbe> Zoha::scaled_directions(std::int64_t k) const {
  std::vector<DenseProbe> r = seeded_directions({.seed = seed_, .step = k}, options_.directions);
  std::shared_ptr<const Values> weights;
  if (!diagonal_.empty()) {
    Values roots;
    roots.reserve(diagonal_.size());
    for (const double d : diagonal_) roots.push_back(1.0 / std::sqrt(std::sqrt(d) + lambda_));
    weights = shared(std::move(roots));
  }
  Values u(dimension_);
  for (DenseProbe& probe : r) {
    if (root_) {
      direction_entries(probe, 0, u);
      probe.vector = shared(root_->apply(u));
    } else if (weights) {
      probe.weights = weights;
    } else {
      probe.scale = 1.0 / std::sqrt(lambda_);
    }
  }
  return r;
}

StepReport Zoha::step(LossOracle& oracle, std::int64_t k) {
  StepReport report = begin_step(oracle, learning_rate(schedule_, k));
  if (report.rejected) return report;

  if (k % options_.period == 0 || refreshed_ < 0) report.dropped = refresh(oracle, k);
  ForwardEstimate g = forward_estimate(oracle, scaled_directions(k), options_.eps);
  report.dropped += g.dropped;
  report.extra.emplace_back("lambda", lambda_);
  report.rejected = g.terms.empty() || !take(oracle, std::move(g.terms), report);
  return report;
}

/// Moves along −η · `mean`, if the descent check agrees, and folds the gradient into D. False, with
/// nothing changed, when the step could carry θ out of range.
bool Zoha::take(LossOracle& oracle, std::vector<DenseProbe> mean, StepReport& report) {
  Values diagonal = diagonal_;
  if (!diagonal.empty()) {
    Values natural(dimension_, 0.0);  // H⁻¹ĝ
    for (const DenseProbe& term : mean) add_direction(term, natural);
    for (std::size_t i = 0; i < diagonal.size(); ++i) {
      const double g = (std::sqrt(diagonal[i]) + lambda_) * natural[i];
      diagonal[i] = options_.diagonal_decay * diagonal[i] + (1.0 - options_.diagonal_decay) * g * g;
    }
  }
  for (DenseProbe& term : mean) term.scale *= -report.lr;
  if (!bounded(mean)) return false;
  bool accepted = true;
  if (options_.descent_check) {
    Values step(dimension_, 0.0);
    for (const DenseProbe& term : mean) add_direction(term, step);
    DenseProbe whole;
    whole.scale = 1.0;
    whole.vector = shared(std::move(step));
    mean = {whole};
    const Probe there = mean[0];
    const double loss = oracle.evaluate({&there, 1})[0];
    accepted = loss <= report.loss;
    report.dropped += std::isfinite(loss) ? 0 : 1;
    report.extra.emplace_back("accepted", accepted ? 1.0 : 0.0);
  }
  if (accepted && !move_along(oracle, std::move(mean))) return false;
  diagonal_ = std::move(diagonal);
  return true;
}

State Zoha::state() const {
  return {{"refreshed", std::vector<std::int64_t>{refreshed_}},
          {"lambda", Values{lambda_}},
          {"weights", weights_},
          {"columns", columns_},
          {"diagonal", diagonal_}};
}

void Zoha::load_state(const State& state) {
  refreshed_ = state_places(state, "refreshed", -1, kCountEnd, 1)[0];
  lambda_ = state_reals(state, "lambda", 1)[0];
  weights_ = state_reals(state, "weights", refreshed_ < 0 ? 0 : options_.hessian_directions);
  columns_ = state_reals(state, "columns");
  diagonal_ = state_reals(state, "diagonal", diagonal_.size());
  build_root();
}

}  // namespace zo
