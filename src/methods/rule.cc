#include "src/methods/rule.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "src/estimators/state_fields.h"

namespace zo {
namespace {

PreconditionerOptions moment_options(const RuleOptions& options) {
  Preconditioner kind = Preconditioner::None;
  if (options.kind == Rule::Adam) kind = Preconditioner::Diagonal;
  if (options.kind == Rule::PairRoot) kind = Preconditioner::Pair;
  return {.kind = kind,
          .first_decay = options.momentum,
          .second_decay = options.second_decay,
          .floor = options.floor};
}

/// The proposal on all of θ: 0 outside the subset.
void spread(const LossOracle& oracle, UpdateRule::Proposal& p) {
  p.everywhere = true;
  p.x = oracle.theta();
  std::vector<double> along(p.x.size(), 0.0);
  for (std::size_t s = 0; s < p.at.size(); ++s) along[p.at[s]] = p.along[s];
  p.along = std::move(along);
  p.at.resize(p.x.size());
  std::iota(p.at.begin(), p.at.end(), std::int64_t{0});
}

}  // namespace

UpdateRule::UpdateRule(const RuleOptions& options, std::int64_t dimension)
    : options_(options), memory_{{}, GradientMoments(moment_options(options), dimension)} {
  if (options_.kind == Rule::Momentum) memory_.buffer.assign(dimension, 0.0);
}

void UpdateRule::forget() { std::fill(memory_.buffer.begin(), memory_.buffer.end(), 0.0); }

void UpdateRule::begin_subset() {
  if (options_.outside == Outside::Forget) forget();
}

UpdateRule::Proposal UpdateRule::propose(const LossOracle& oracle,
                                         std::span<const std::int64_t> coordinates,
                                         std::span<const double> v) const {
  Proposal p{.direction = {v.begin(), v.end()},
             .at = {coordinates.begin(), coordinates.end()},
             .x = oracle.values(coordinates),
             .along = {},
             .after = memory_};
  if (averages()) p.direction = p.after.moments.direction(coordinates, v);
  // The decay joins the direction before the buffer does (as in torch), or the buffer last of all
  // (as in DeepZero's formula): sums differ in the last bit, and runs are repeated bit for bit.
  const bool momentum = options_.kind == Rule::Momentum;
  const bool last =
      momentum && (options_.outside == Outside::Decay || options_.outside == Outside::Hold);
  const double first_pull = last ? 0.0 : options_.weight_decay;
  const double last_pull = last ? options_.weight_decay : 0.0;
  p.along = p.direction;
  for (std::size_t s = 0; s < p.at.size(); ++s) p.along[s] += first_pull * p.x[s];
  if (!momentum) return p;

  if (options_.outside != Outside::Hold) spread(oracle, p);
  for (std::size_t s = 0; s < p.at.size(); ++s) {
    double& buffer = p.after.buffer[p.at[s]];
    buffer = options_.momentum * buffer + p.along[s] + last_pull * p.x[s];
    p.along[s] = buffer;
  }
  return p;
}

std::optional<double> UpdateRule::take(LossOracle& oracle, Proposal p, double lr) {
  Update update;
  double square = 0.0;
  for (std::size_t s = 0; s < p.at.size(); ++s) {
    const double delta = -lr * p.along[s];
    if (!std::isfinite(oracle.stored(p.x[s] + delta))) return {};
    if (p.everywhere) {
      update.dense.push_back(delta);
    } else {
      update.edits.push_back({p.at[s], delta});
    }
    square += delta * delta;
  }
  oracle.move(update);
  memory_ = std::move(p.after);
  return std::sqrt(square);
}

void UpdateRule::refuse(Proposal proposal) {
  memory_.moments = std::move(proposal.after.moments);
  forget();
}

void UpdateRule::save(State& state) const {
  if (averages()) memory_.moments.save(state);
  if (options_.kind == Rule::Momentum) state["velocity"] = memory_.buffer;
}

void UpdateRule::load(const State& state) {
  if (averages()) memory_.moments.load(state);
  if (options_.kind != Rule::Momentum) return;
  memory_.buffer = state_reals(state, "velocity", memory_.buffer.size());
}

double norm(std::span<const double> v) {
  double sum = 0.0;
  for (const double value : v) sum += value * value;
  return std::sqrt(sum);
}

}  // namespace zo
