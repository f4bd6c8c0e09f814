#include "src/estimators/policy_samples.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "src/base/error.h"
#include "src/estimators/directions.h"
#include "src/estimators/state_fields.h"

namespace zo {
namespace {

double weighted_mean(std::span<const PolicySample> samples, std::span<const double> weights) {
  double sum = 0.0, total = 0.0;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    const double weight = weights.empty() ? 1.0 : weights[k];
    sum += weight * samples[k].loss;
    total += weight;
  }
  return sum / total;
}

/// Mean and number of samples of every step.
std::map<std::int64_t, std::pair<double, std::int64_t>> step_means(
    std::span<const PolicySample> samples) {
  std::map<std::int64_t, std::pair<double, std::int64_t>> means;
  for (const PolicySample& sample : samples) {
    auto& [sum, count] = means[sample.step];
    sum += sample.loss;
    ++count;
  }
  for (auto& [step, entry] : means) entry.first /= static_cast<double>(entry.second);
  return means;
}

}  // namespace

const Names<Baseline>& baseline_names() {
  static const Names<Baseline> names = {{Baseline::None, "none"},
                                        {Baseline::Anchor, "anchor"},
                                        {Baseline::Mean, "mean"},
                                        {Baseline::StepMean, "step-mean"},
                                        {Baseline::Optimal, "optimal"}};
  return names;
}

Deviations deviations(std::span<const PolicySample> samples,
                      Baseline baseline,
                      std::span<const double> weights) {
  const auto n = static_cast<double>(samples.size());
  Deviations result{std::vector<double>(samples.size()), n};
  if (samples.empty()) return result;
  double common = 0.0;
  if (baseline == Baseline::Mean) {
    common = weighted_mean(samples, {});
    result.normaliser = n - 1.0;
  } else if (baseline == Baseline::Optimal) {
    common = weighted_mean(samples, weights);
  }
  const auto means = baseline == Baseline::StepMean
                         ? step_means(samples)
                         : std::map<std::int64_t, std::pair<double, std::int64_t>>{};
  result.normaliser -= static_cast<double>(means.size());
  for (std::size_t k = 0; k < samples.size(); ++k) {
    double own = common;
    if (baseline == Baseline::Anchor) own = samples[k].anchor;
    if (baseline == Baseline::StepMean) own = means.at(samples[k].step).first;
    result.value[k] = samples[k].loss - own;
  }
  return result;
}

std::vector<DenseProbe> PolicySamples::draw(std::int64_t step) const {
  const DirectionStream stream{.seed = options_.seed, .step = step};
  return options_.orthogonal ? orthogonal_directions(stream, options_.directions, dimension_)
                             : seeded_directions(stream, options_.directions);
}

std::int64_t PolicySamples::ask(LossOracle& oracle, std::int64_t step, double anchor) {
  const std::vector<DenseProbe> directions = draw(step);
  std::vector<Probe> probes;
  probes.reserve(directions.size());
  for (DenseProbe probe : directions) {
    probe.scale = options_.radius;
    probes.emplace_back(std::move(probe));
  }
  const std::vector<double> losses = oracle.evaluate(probes);
  std::erase_if(samples_, [&](const PolicySample& s) { return s.step <= step - options_.history; });
  std::int64_t dropped = 0;
  for (std::size_t r = 0; r < losses.size(); ++r) {
    if (std::isfinite(losses[r])) {
      samples_.push_back({directions[r], step, static_cast<std::int64_t>(r), losses[r], anchor});
    } else {
      ++dropped;
    }
  }
  return dropped;
}

std::vector<DenseProbe> PolicySamples::directions() const {
  std::vector<DenseProbe> directions;
  directions.reserve(samples_.size());
  for (const PolicySample& sample : samples_) directions.push_back(sample.direction);
  return directions;
}

double PolicySamples::mean_loss(std::int64_t step) const {
  double sum = 0.0;
  std::int64_t count = 0;
  for (const PolicySample& sample : samples_) {
    if (sample.step != step) continue;
    sum += sample.loss;
    ++count;
  }
  return count > 0 ? sum / static_cast<double>(count) : std::numeric_limits<double>::quiet_NaN();
}

void PolicySamples::save(State& state) const {
  std::vector<std::int64_t> steps, indices;
  std::vector<double> losses, anchors;
  for (const PolicySample& sample : samples_) {
    steps.push_back(sample.step);
    indices.push_back(sample.index);
    losses.push_back(sample.loss);
    anchors.push_back(sample.anchor);
  }
  state["samples.step"] = std::move(steps);
  state["samples.index"] = std::move(indices);
  state["samples.loss"] = std::move(losses);
  state["samples.anchor"] = std::move(anchors);
}

void PolicySamples::load(const State& state) {
  const auto& steps = state_integers(state, "samples.step");
  const auto& indices = state_integers(state, "samples.index", steps.size());
  const auto& losses = state_reals(state, "samples.loss", steps.size());
  const auto& anchors = state_reals(state, "samples.anchor", steps.size());
  samples_.clear();
  std::vector<DenseProbe> directions;
  for (std::size_t k = 0; k < steps.size(); ++k) {
    if (k == 0 || steps[k] != steps[k - 1]) directions = draw(steps[k]);
    if (indices[k] < 0 || indices[k] >= options_.directions) {
      fail_run(
          "the saved state of the method has direction {} of a step with {}: it was written with "
          "other options",
          indices[k],
          options_.directions);
    }
    samples_.push_back({directions[indices[k]], steps[k], indices[k], losses[k], anchors[k]});
  }
}

}  // namespace zo
