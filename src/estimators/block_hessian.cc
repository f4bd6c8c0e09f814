#include "src/estimators/block_hessian.h"

#include <cmath>
#include <limits>
#include <utility>

#include "src/estimators/state_fields.h"

namespace zo {
namespace {

constexpr std::size_t kWindow = 3;  // base points that a fit looks at, the present one included

}  // namespace

bool BlockHessian::reuses() const {
  return options_.kind == HessianKind::Literal || options_.kind == HessianKind::Secant ||
         options_.kind == HessianKind::Rotating;
}

void BlockHessian::begin(Subspace subspace, double prior, bool measured) {
  subspace_ = std::move(subspace);
  measured_ = measured;
  age_ = 0;
  records_.clear();
  fresh_ = {};
  blocks_.clear();
  if (options_.kind == HessianKind::None) return;
  blocks_.assign(subspace_.blocks() * subspace_.packed(), 0.0);
  for (std::int64_t j = 0; j < subspace_.blocks(); ++j) {
    double* block = blocks_.data() + j * subspace_.packed();
    for (std::int64_t i = 0; i < subspace_.length(j); ++i) block[packed_index(i, i)] = prior;
  }
}

std::int64_t BlockHessian::probes_of(HessianKind kind, const Subspace& subspace, std::int64_t age) {
  if (age > 0 || kind == HessianKind::None || kind == HessianKind::Cached) return subspace.size();
  return subspace.size() +
         (kind == HessianKind::Literal ? grid_count(subspace) : exact_count(subspace));
}

std::vector<Probe> BlockHessian::plan(const LossOracle& oracle) {
  const Pattern pattern =
      options_.kind == HessianKind::Rotating ? static_cast<Pattern>(age_ % 3) : Pattern::Forward;
  std::vector<Probe> probes;
  planned_ = plan_record(oracle, subspace_.coordinates, options_.eps, pattern, probes);
  unit_ = oracle.precision() == Precision::Float32
              ? static_cast<double>(std::numeric_limits<float>::epsilon())
              : std::numeric_limits<double>::epsilon();
  if (options_.kind == HessianKind::Cached) {
    cache_.plan(oracle, subspace_.coordinates, planned_, options_.radius, probes);
  } else if (age_ == 0 && options_.kind == HessianKind::Literal) {
    fresh_ = plan_grid(oracle, subspace_, planned_, options_.radius, probes);
  } else if (age_ == 0 && options_.kind != HessianKind::None && measured_) {
    fresh_ = plan_exact(oracle, subspace_, planned_, options_.radius, probes);
  }
  return probes;
}

void BlockHessian::absorb(double base, std::span<const double> losses) {
  const std::size_t m = planned_.x.size();
  fill_record(planned_, base, losses.first(m));
  dropped_ = planned_.dropped();
  for (const double loss : losses.subspan(m)) {
    dropped_ += std::isfinite(loss) ? 0 : 1;
    fresh_.difference.push_back(loss - base);
  }
  records_.insert(records_.begin(), std::move(planned_));
  records_.resize(std::min(records_.size(), reuses() ? kWindow : 1));
  estimate();
  ++age_;
  // Only the literal fit of the period's second step looks at the first step's grid again.
  if (age_ == 2 || options_.kind != HessianKind::Literal) fresh_ = {};
}

void BlockHessian::estimate() {
  if (options_.kind == HessianKind::None) return;
  if (options_.kind == HessianKind::Cached) {
    cache_.absorb(records_[0], fresh_.difference);
    for (std::int64_t s = 0; s < subspace_.size(); ++s) {
      const std::int64_t j = s / subspace_.block, i = s - subspace_.first(j);
      blocks_[j * subspace_.packed() + packed_index(i, i)] =
          cache_.curvature(subspace_.coordinates[s]);
    }
  } else if (options_.kind == HessianKind::Literal) {
    const HessianProbes* grid = age_ < 2 ? &fresh_ : nullptr;
    const auto center = static_cast<std::size_t>(age_ < 2 ? age_ : 0);
    fit_literal(subspace_, records_, grid, center, options_.basis, options_.ridge, blocks_);
  } else if (age_ == 0 && measured_) {
    estimate_exact(subspace_, records_[0], fresh_, blocks_);
  } else if (options_.kind == HessianKind::Secant) {
    fit_secant(subspace_, records_, options_.ridge, unit_, blocks_);
  } else if (options_.kind == HessianKind::Rotating) {
    fit_anchored(subspace_, records_, options_.ridge, blocks_);
  }
}

std::vector<double> BlockHessian::gradient(bool corrected) const {
  const Record& now = records_[0];
  std::vector<double> g(now.x.size(), 0.0);
  for (std::int64_t s = 0; s < subspace_.size(); ++s) {
    const std::int64_t j = s / subspace_.block, i = s - subspace_.first(j);
    const bool stair = now.pattern == Pattern::Stair && i == 1;
    if (!now.good(s) || (stair && !now.good(s - 1))) continue;
    const double* h = blocks_.empty() ? nullptr : blocks_.data() + j * subspace_.packed();
    const bool correct = corrected && h != nullptr && std::isfinite(h[packed_index(i, i)]);
    double rise = now.difference[s];
    if (stair) {
      rise -= now.difference[s - 1];
      if (correct) rise -= now.step[s] * now.step[s - 1] * h[packed_index(1, 0)];
    }
    if (correct) rise -= 0.5 * now.step[s] * now.step[s] * h[packed_index(i, i)];
    g[s] = rise / now.step[s];
  }
  return g;
}

void BlockHessian::save(State& state) const {
  const auto count = static_cast<std::int64_t>(reuses() ? records_.size() : 0);
  state["hessian.age"] = std::vector<std::int64_t>{age_, count};
  state["hessian.blocks"] = blocks_;
  fresh_.save(state, "hessian.fresh");
  cache_.save(state);
  for (std::int64_t t = 0; t < count; ++t) {
    records_[t].save(state, "hessian.record" + std::to_string(t));
  }
}

void BlockHessian::load(const State& state, Subspace subspace) {
  begin(std::move(subspace), 0.0);
  const auto& age = state_integers(state, "hessian.age", 2);
  age_ = age[0];
  blocks_ = state_reals(state, "hessian.blocks", blocks_.size());
  fresh_ = HessianProbes::load(state, "hessian.fresh");
  cache_.load(state);
  for (std::int64_t t = 0; t < age[1]; ++t) {
    records_.push_back(Record::load(state, "hessian.record" + std::to_string(t)));
  }
}

}  // namespace zo
