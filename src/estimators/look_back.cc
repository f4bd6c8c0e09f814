#include "src/estimators/look_back.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "src/estimators/state_fields.h"

namespace zo {

void LookBack::plan(std::int64_t dimension, std::vector<Probe>& probes) const {
  if (at_.empty()) return;
  auto step = std::make_shared<std::vector<double>>(dimension, 0.0);
  for (std::size_t i = 0; i < at_.size(); ++i) (*step)[at_[i]] = by_[i];
  for (const double scale : {-1.0, 1.0}) {
    DenseProbe probe;
    probe.scale = scale;
    probe.vector = step;
    probes.emplace_back(std::move(probe));
  }
}

void LookBack::see(double base, std::span<const double> losses) {
  if (losses.empty()) return;
  const double before = losses[0], beyond = losses[1];
  double ahead = -1.0;
  if (std::isfinite(before) && std::isfinite(beyond)) {
    fall_ = kFade * fall_ + 0.5 * (before - beyond);
    curvature_ = kFade * curvature_ + (before + beyond - 2.0 * base);
    ahead =
        curvature_ > 0.0 ? std::clamp(fall_ / curvature_, -1.0, 1.0) : (fall_ > 0.0 ? 1.0 : -1.0);
  }
  share_ = std::clamp(share_ * std::exp(kGain * ahead), least_, 1.0);
}

void LookBack::remember(double length,
                        std::span<const std::int64_t> coordinates,
                        std::span<const double> direction) {
  at_.assign(coordinates.begin(), coordinates.end());
  by_.clear();
  for (const double entry : direction) by_.push_back(-length * entry);
}

void LookBack::save(State& state) const {
  state["look_back"] = std::vector<double>{share_, fall_, curvature_};
  state["look_back.at"] = at_;
  state["look_back.by"] = by_;
}

void LookBack::load(const State& state, std::int64_t dimension) {
  const auto& sums = state_reals(state, "look_back", 3);
  share_ = sums[0];
  fall_ = sums[1];
  curvature_ = sums[2];
  at_ = state_places(state, "look_back.at", 0, dimension);
  by_ = state_reals(state, "look_back.by", at_.size());
}

}  // namespace zo
