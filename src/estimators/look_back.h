#pragma once
#include <algorithm>
#include <span>
#include <vector>

#include "src/base/state.h"
#include "src/oracle/probe.h"

namespace zo {

/// How long steps should be, told by looking back at each from the batch of the next. A step s was
/// chosen on one batch and flatters itself there; another batch b judges it fairly. With f₋, f₀, f₊
/// the losses of b at θ − s, θ and θ + s, θ where the step has led,
///     p = (f₋ − f₊)/2       how fast the loss still falls at its end, a step
///     q = f₋ + f₊ − 2f₀     the curvature along it
/// and the least value of the parabola lies p/q steps ahead: steps were too short where that is
/// positive. Both are summed over past steps, a step's weight fading by kFade with each later one,
/// and the share of the largest length becomes share · exp(kGain · clip(Σp/Σq, −1, 1)), at most 1 and
/// at least kLeast. Where Σq ≤ 0 the sign of Σp alone counts. So lengths grow while the loss falls on
/// in the same direction, and shrink as noise takes over: to a tenth, as what is best for one step is
/// too short for many (arXiv 1803.02021). Below that a schedule is better.
class LookBack {
 public:
  /// `share`: of the largest length, that the first step takes; the least one, where it is that.
  explicit LookBack(double share) : share_(share), least_(std::min(share, kLeast)) {}

  static constexpr double kFade = 0.9;
  static constexpr double kGain = 0.1;
  static constexpr double kLeast = 0.1;

  /// Appends θ − s and θ + s for the step remembered last, if there is one; θ has `dimension`
  /// entries.
  void plan(std::int64_t dimension, std::vector<Probe>& probes) const;
  /// The losses of what plan() appended, and the one at θ. Where one is not finite the step is
  /// taken to have been too long.
  void see(double base, std::span<const double> losses);
  /// The step −length · direction on `coordinates` is taken next.
  void remember(double length,
                std::span<const std::int64_t> coordinates,
                std::span<const double> direction);

  /// Of the largest length, in (0, 1].
  double share() const { return share_; }

  void save(State& state) const;
  /// Of a point of `dimension` coordinates.
  void load(const State& state, std::int64_t dimension);

 private:
  double share_, least_;
  double fall_ = 0.0, curvature_ = 0.0;  // Σp, Σq
  std::vector<std::int64_t> at_;         // s, and the coordinates it moves
  std::vector<double> by_;
};

}  // namespace zo
