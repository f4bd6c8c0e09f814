#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "src/base/layout.h"
#include "src/base/options.h"
#include "src/base/state.h"
#include "src/oracle/loss_oracle.h"

namespace zo {

/// How the m coordinates of a period are drawn, always without replacement.
enum class Sampling {
  Uniform,  // every coordinate alike
  Layer,    // by parameter tensor, in proportion to (mean squared gradient of the tensor)^power
  Gain,     // as Layer, by signal over noise where that is known, divided by what the loss of a
            // coordinate of the tensor takes to compute
  Guided,   // by coordinate, in proportion to its promised decrease when it was probed last
};
const Names<Sampling>& sampling_names();

struct SamplingOptions {
  Sampling kind = Sampling::Uniform;
  std::uint64_t seed = 0;
  std::int64_t size = 2;     // m, 1 ≤ m ≤ d
  double layer_power = 0.5;  // of Layer and Gain, ≥ 0; 0: every coordinate alike
  double cost_power = 1.0;   // of Gain, ≥ 0: the power of the cost
  bool sweep = false;        // first all coordinates in random order, m a period
};

/// Draws the coordinates of a period: a pure function of (seed, period) and of what it was told of
/// earlier gradients.
class CoordinateSampler {
 public:
  CoordinateSampler(SamplingOptions options, const Layout& layout);

  /// Gain: asks what a coordinate of each tensor costs in `oracle` (LossOracle::effort, the same on
  /// every machine), before the first draw().
  void price(const LossOracle& oracle);
  /// m different coordinates in random order.
  std::vector<std::int64_t> draw(std::int64_t period) const;
  /// Coordinates of `period` that a sweep visits for the first time.
  std::int64_t unvisited(std::int64_t period) const;
  /// What a step saw: gradient `g` and direction `v` (θ moves along −v) on the coordinates `at`. A
  /// coordinate's promise is |g_i v_i|. `noise`: the variance of each g_i by chance, where the losses
  /// of examples tell it, else empty. Gain then weighs a tensor by Σ(g² − noise)/Σ noise: what a step
  /// gains a coordinate in the metric of their Fisher matrix, which is the noise but for a factor.
  void learn(std::span<const std::int64_t> at,
             std::span<const double> g,
             std::span<const double> v,
             std::span<const double> noise = {});

  void save(State& state) const;
  void load(const State& state);

 private:
  bool by_tensor() const {
    return options_.kind == Sampling::Layer || options_.kind == Sampling::Gain;
  }
  std::vector<double> layer_weights() const;
  std::vector<std::int64_t> draw_by_layer(std::int64_t period) const;
  std::vector<std::int64_t> draw_by_promise(std::int64_t period) const;

  SamplingOptions options_;
  std::vector<std::int64_t> ends_;  // one behind the last coordinate of each tensor
  // A tensor: fading sums of g² and of 1, or of g² − noise and of noise.
  std::vector<double> square_sum_, square_count_;
  std::vector<double> price_;    // a tensor: cost^cost_power; 1 but for Gain
  std::vector<double> promise_;  // a coordinate; negative: never probed
};

/// How many of `total` places each part gets: expectation proportional to `weights`, at most
/// `sizes`, and the nearest whole numbers to that, rounded at random by `u` in (0, 1] so that the
/// mean is exact. Needs total ≤ Σ sizes; weights ≥ 0, one of them positive.
std::vector<std::int64_t> share_places(std::int64_t total,
                                       std::span<const double> weights,
                                       std::span<const std::int64_t> sizes,
                                       double u);

}  // namespace zo
