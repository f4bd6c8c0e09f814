#include "src/estimators/step_length.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "src/estimators/state_fields.h"

namespace zo {
namespace {

constexpr double kFade = 0.5;         // weight of the past in Auto's sums, a step
constexpr double kShortest = 0.05;    // Auto's shortest length, a share of η
constexpr double kEnough = 1e-4;      // Armijo's constant
constexpr double kFirstOfAuto = 0.5;  // a share of η

}  // namespace

const Names<StepRule>& step_rule_names() {
  static const Names<StepRule> names = {{StepRule::Fixed, "fixed"},
                                        {StepRule::Backtrack, "backtrack"},
                                        {StepRule::Auto, "auto"},
                                        {StepRule::LookBack, "look-back"}};
  return names;
}

std::int64_t StepLength::queries(std::int64_t k) const {
  if (rule_ == StepRule::LookBack) return k > 0 && k % every_ == 0 ? 2 : 0;
  return rule_ == StepRule::Backtrack ? trials_ : 0;
}

void StepLength::plan(const LossOracle& oracle, std::int64_t k, std::vector<Probe>& probes) const {
  if (rule_ != StepRule::LookBack || k % every_ != 0) return;
  look_back_.plan(oracle.dimension(), probes);
}

void StepLength::absorb(double base, std::span<const double> losses) {
  look_back_.see(base, losses);
}

void StepLength::see(double base, bool comparable) {
  if (rule_ != StepRule::Auto) return;
  if (comparable && length_ > 0.0 && std::isfinite(base)) {
    const double curvature = 2.0 * (base - base_ + length_ * slope_) / (length_ * length_);
    slope_sum_ = kFade * slope_sum_ + slope_;
    curvature_sum_ = kFade * curvature_sum_ + std::max(curvature, 0.0);
  }
  length_ = 0.0;
}

double StepLength::choose(LossOracle& oracle,
                          double base,
                          double largest,
                          double slope,
                          std::span<const std::int64_t> coordinates,
                          std::span<const double> direction) {
  if (rule_ == StepRule::Fixed) return largest;
  if (rule_ == StepRule::LookBack) {
    const double length = look_back_.share() * largest;
    look_back_.remember(length, coordinates, direction);
    return length;
  }
  if (rule_ == StepRule::Backtrack) {
    return backtrack(oracle, base, largest, slope, coordinates, direction);
  }
  double length = kFirstOfAuto * largest;
  if (slope_sum_ > 0.0) {
    length = slope_sum_ < largest * curvature_sum_ ? slope_sum_ / curvature_sum_ : largest;
    length = std::max(length, kShortest * largest);
  }
  base_ = base;
  length_ = length;
  slope_ = slope;
  return length;
}

double StepLength::backtrack(LossOracle& oracle,
                             double base,
                             double largest,
                             double slope,
                             std::span<const std::int64_t> coordinates,
                             std::span<const double> direction) {
  auto vector = std::make_shared<std::vector<double>>(oracle.dimension(), 0.0);
  for (std::size_t s = 0; s < coordinates.size(); ++s) {
    (*vector)[coordinates[s]] = -direction[s];
  }
  const double first = share_ > 0.0 ? share_ : 1.0;
  std::vector<Probe> probes;
  for (std::int64_t j = 0; j < trials_; ++j) {
    DenseProbe probe;
    probe.scale = largest * std::ldexp(first, -static_cast<int>(j));
    probe.vector = vector;
    probes.emplace_back(std::move(probe));
  }
  const std::vector<double> losses = oracle.evaluate(probes);
  for (std::int64_t j = 0; j < trials_; ++j) {
    const double share = std::ldexp(first, -static_cast<int>(j));
    if (losses[j] < base && losses[j] <= base - kEnough * share * largest * slope) {
      share_ = std::min(1.0, 2.0 * share);
      return largest * share;
    }
  }
  share_ = std::max(std::ldexp(first, -static_cast<int>(trials_)), 1e-300);
  return 0.0;
}

void StepLength::save(State& state) const {
  state["step"] = std::vector<double>{share_, base_, length_, slope_, slope_sum_, curvature_sum_};
  if (rule_ == StepRule::LookBack) look_back_.save(state);
}

void StepLength::load(const State& state, std::int64_t dimension) {
  const auto& saved = state_reals(state, "step", 6);
  share_ = saved[0];
  base_ = saved[1];
  length_ = saved[2];
  slope_ = saved[3];
  slope_sum_ = saved[4];
  curvature_sum_ = saved[5];
  if (rule_ == StepRule::LookBack) look_back_.load(state, dimension);
}

}  // namespace zo
