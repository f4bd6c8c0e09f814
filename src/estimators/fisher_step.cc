#include "src/estimators/fisher_step.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "src/estimators/quantile.h"
#include "src/estimators/state_fields.h"

namespace zo {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace

FisherStep::FisherStep(const FisherOptions& options, std::int64_t dimension)
    : options_(options), moments_(options.first_decay, options.second_decay, dimension) {}

void FisherStep::begin(const Subspace& subspace) {
  blocks_.clear();
  for (std::int64_t j = 0; j < subspace.blocks(); ++j) blocks_.emplace_back(subspace.length(j));
  steps_ = 0;
}

std::vector<double> FisherStep::step(const Subspace& subspace,
                                     std::span<const double> quotients,
                                     std::int64_t examples) {
  const std::int64_t m = subspace.size();
  Matrix rows = Eigen::Map<const Matrix>(quotients.data(), m, examples);
  std::vector<double> mean(m), scale(m);
  noise_.assign(m, 0.0);
  for (std::int64_t s = 0; s < m; ++s) {
    const std::int64_t at = subspace.coordinates[s];
    if (rows.row(s).allFinite()) {
      const double g = rows.row(s).mean(), square = rows.row(s).squaredNorm() / examples;
      moments_.fold(at, g, square);
      noise_[s] = examples > 1 ? (square - g * g) / (examples - 1) : 0.0;
    } else {
      rows.row(s).setZero();
    }
    if (moments_.count(at) == 0) continue;
    mean[s] = moments_.mean(at);
    scale[s] = std::sqrt(moments_.square(at));
  }
  const double least = options_.floor * quantile_of(scale, 0.5);
  for (std::int64_t s = 0; s < m; ++s) {
    scale[s] = std::max(scale[s], least);
    if (scale[s] == 0.0) scale[s] = 1.0;  // nothing was ever seen of any: M̂ is 0 too
    rows.row(s) /= scale[s];
    mean[s] /= scale[s];
  }
  ++steps_;
  examples_ = examples;

  std::vector<double> v(m);
  decrement_ = 0.0;
  for (std::int64_t j = 0; j < subspace.blocks(); ++j) {
    const std::int64_t first = subspace.first(j), length = subspace.length(j);
    const std::span<const double> g(mean.data() + first, length);
    blocks_[j].add({rows.data() + first * examples, static_cast<std::size_t>(length * examples)},
                   examples);
    const double chance = static_cast<double>(length) / static_cast<double>(examples);
    const std::vector<double> w =
        blocks_[j].solve(g, options_.damping > 0.0 ? options_.damping : chance);
    decrement_ += std::inner_product(w.begin(), w.end(), g.begin(), 0.0);
    for (std::int64_t i = 0; i < length; ++i) v[first + i] = w[i] / scale[first + i];
  }
  const double t = decrement_ > 0.0 ? std::sqrt(options_.trust / decrement_) : 0.0;
  for (double& entry : v) entry *= t;
  return v;
}

void FisherStep::save(State& state) const {
  moments_.save(state, "fisher");
  std::vector<double> numbers;
  for (const FisherBlock& block : blocks_) block.save(numbers);
  state["fisher.blocks"] = std::move(numbers);
  state["fisher.steps"] = std::vector<std::int64_t>{steps_, examples_};
}

void FisherStep::load(const State& state, const Subspace& subspace) {
  moments_.load(state, "fisher");
  begin(subspace);
  // Bounded so that the products of steps, examples and coordinates below cannot overflow.
  constexpr std::int64_t kMost = std::int64_t{1} << 20;
  const auto& steps = state_places(state, "fisher.steps", 0, kMost, 2);
  steps_ = steps[0];
  examples_ = steps[1];
  std::size_t size = 0;
  for (const FisherBlock& block : blocks_) size += block.saved(steps_, examples_);
  std::span<const double> numbers = state_reals(state, "fisher.blocks", size);
  for (FisherBlock& block : blocks_) {
    const std::size_t own = block.saved(steps_, examples_);
    block.load(numbers.first(own), steps_, examples_);
    numbers = numbers.subspan(own);
  }
}

}  // namespace zo
