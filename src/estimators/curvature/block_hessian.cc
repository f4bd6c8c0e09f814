#include "src/estimators/curvature/block_hessian.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "src/estimators/state_fields.h"

namespace zo {
namespace {

constexpr std::int64_t kMostRemembered = std::int64_t{1} << 32;  // steps of a period

}  // namespace

void BlockHessian::assign(Subspace subspace, double prior) {
  subspace_ = std::move(subspace);
  age_ = 0;
  records_.clear();
  blocks_.clear();
  if (!curvature_->has_blocks()) return;
  blocks_.assign(subspace_.blocks() * subspace_.packed(), 0.0);
  for (std::int64_t s = 0; s < subspace_.size(); ++s) blocks_[subspace_.diagonal(s)] = prior;
}

void BlockHessian::begin(Subspace subspace, double prior) {
  assign(std::move(subspace), prior);
  curvature_->begin();
}

std::vector<Probe> BlockHessian::plan(const LossOracle& oracle) {
  std::vector<Probe> probes;
  const Pattern pattern = curvature_->pattern(age_);
  planned_ = plan_record(oracle, subspace_.coordinates, eps_, pattern, probes);
  unit_ = oracle.precision() == Precision::Float32
              ? static_cast<double>(std::numeric_limits<float>::epsilon())
              : std::numeric_limits<double>::epsilon();
  curvature_->plan(oracle, subspace_, planned_, age_, probes);
  return probes;
}

void BlockHessian::absorb(double base, std::span<const double> losses) {
  const std::size_t m = planned_.x.size();
  fill_record(planned_, base, losses.first(m));
  dropped_ = planned_.dropped();
  std::vector<double> fresh;
  for (const double loss : losses.subspan(m)) {
    dropped_ += std::isfinite(loss) ? 0 : 1;
    fresh.push_back(loss - base);
  }
  records_.insert(records_.begin(), std::move(planned_));
  records_.resize(std::min(std::ssize(records_), curvature_->window()));
  curvature_->estimate({subspace_, age_, records_, unit_}, std::move(fresh), blocks_);
  ++age_;
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
  curvature_->save(state);
  for (std::int64_t t = 0; t < count; ++t) {
    records_[t].save(state, "hessian.record" + std::to_string(t));
  }
}

void BlockHessian::load(const State& state, Subspace subspace) {
  assign(std::move(subspace), 0.0);
  const auto& age = state_places(state, "hessian.age", 0, kMostRemembered, 2);
  age_ = age[0];
  blocks_ = state_reals(state, "hessian.blocks", blocks_.size());
  curvature_->load(state);
  for (std::int64_t t = 0; t < age[1]; ++t) {
    records_.push_back(Record::load(state, "hessian.record" + std::to_string(t)));
  }
}

}  // namespace zo
