#include "src/estimators/sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "src/base/philox.h"
#include "src/estimators/state_fields.h"
#include "src/estimators/subspace.h"

namespace zo {
namespace {

// A tensor's mean squared gradient is taken over about the last hundred steps.
constexpr double kFade = 0.99;
// Every coordinate keeps this share of the mean promise, so that none is forgotten.
constexpr double kShareForAll = 0.1;
// What handling a probe takes where it computes next to nothing, in forward passes: a core that takes
// 0.039 s a pass of 128 pictures takes 4e-6 s a probe of the last layer.
constexpr double kHandling = 1e-4;
// By gain no tensor counts for less than this share of the one with the largest signal, so that each
// is looked at again.
constexpr double kLeastSignal = 0.01;

/// The `count` coordinates of [first, end) with the smallest keys.
void take_smallest(std::vector<std::pair<double, std::int64_t>>& keyed,
                   std::int64_t count,
                   std::vector<std::int64_t>& out) {
  std::nth_element(keyed.begin(), keyed.begin() + (count - 1), keyed.end());
  std::sort(keyed.begin(), keyed.begin() + count);
  for (std::int64_t k = 0; k < count; ++k) out.push_back(keyed[k].second);
}

}  // namespace

const Names<Sampling>& sampling_names() {
  static const Names<Sampling> names = {{Sampling::Uniform, "uniform"},
                                        {Sampling::Layer, "layer"},
                                        {Sampling::Gain, "gain"},
                                        {Sampling::Guided, "guided"}};
  return names;
}

std::vector<std::int64_t> share_places(std::int64_t total,
                                       std::span<const double> weights,
                                       std::span<const std::int64_t> sizes,
                                       double u) {
  const std::size_t parts = weights.size();
  std::vector<double> expected(parts, 0.0);
  std::vector<bool> full(parts, false);
  while (true) {  // parts that would get more than they have become full; the others share the rest
    double left = static_cast<double>(total), weight = 0.0;
    for (std::size_t l = 0; l < parts; ++l) {
      if (full[l]) left -= static_cast<double>(sizes[l]);
      if (!full[l]) weight += weights[l];
    }
    bool again = false;
    for (std::size_t l = 0; l < parts; ++l) {
      expected[l] = static_cast<double>(sizes[l]);
      if (full[l] || weight <= 0.0) continue;
      const double share = left * weights[l] / weight;
      if (share >= expected[l]) {
        full[l] = again = true;
      } else {
        expected[l] = share;
      }
    }
    if (!again) break;
  }
  std::vector<std::int64_t> places(parts);
  double sum = 0.0;
  std::int64_t before = 0;
  for (std::size_t l = 0; l < parts; ++l) {
    sum += expected[l];
    const auto upto = l + 1 == parts
                          ? total
                          : std::min(total, static_cast<std::int64_t>(std::floor(sum + 1.0 - u)));
    places[l] = std::clamp(upto - before, std::int64_t{0}, sizes[l]);
    before += places[l];
  }
  // Rounding of the sums may leave a place or two: they go to whoever has room.
  for (std::size_t l = 0; l < parts && before < total; ++l) {
    const std::int64_t more = std::min(total - before, sizes[l] - places[l]);
    places[l] += more;
    before += more;
  }
  return places;
}

CoordinateSampler::CoordinateSampler(SamplingOptions options, const Layout& layout)
    : options_(options) {
  for (const Segment& segment : layout.segments) ends_.push_back(segment.offset + segment.size);
  if (by_tensor()) {
    price_.assign(ends_.size(), 1.0);
    square_sum_.assign(ends_.size(), 0.0);
    square_count_.assign(ends_.size(), 0.0);
  }
  if (options_.kind == Sampling::Guided) promise_.assign(layout.dimension(), -1.0);
}

std::int64_t CoordinateSampler::unvisited(std::int64_t period) const {
  if (!options_.sweep || period >= ends_.back()) return 0;
  return std::clamp(ends_.back() - period * options_.size, std::int64_t{0}, options_.size);
}

void CoordinateSampler::price(const LossOracle& oracle) {
  if (options_.kind != Sampling::Gain) return;
  for (std::size_t l = 0; l < ends_.size(); ++l) {
    const Edit edit{ends_[l] - 1, 1.0};
    const double effort = oracle.effort(SparseProbe(std::span(&edit, 1)));
    price_[l] = std::pow(effort + kHandling, options_.cost_power);
  }
}

std::vector<std::int64_t> CoordinateSampler::draw(std::int64_t period) const {
  const std::int64_t d = ends_.back(), m = options_.size;
  if (unvisited(period) > 0) {
    const std::vector<std::int64_t> order = draw_subspace(options_.seed, 0, d, d, 1).coordinates;
    std::vector<std::int64_t> part;
    for (std::int64_t s = 0; s < m; ++s) part.push_back(order[(period * m + s) % d]);
    return part;
  }
  if (by_tensor()) return draw_by_layer(period);
  if (options_.kind == Sampling::Guided) return draw_by_promise(period);
  return draw_subspace(options_.seed, period, d, m, 1).coordinates;
}

/// A coordinate's weight, tensor by tensor. A tensor never seen counts as the largest seen; while
/// none is seen every tensor gets the same number of places.
std::vector<double> CoordinateSampler::layer_weights() const {
  double largest = 0.0;
  for (std::size_t l = 0; l < ends_.size(); ++l) {
    if (square_count_[l] > 0.0) largest = std::max(largest, square_sum_[l] / square_count_[l]);
  }
  std::vector<double> weights;
  std::int64_t first = 0;
  for (std::size_t l = 0; l < ends_.size(); ++l) {
    const auto size = static_cast<double>(ends_[l] - first);
    first = ends_[l];
    const bool seen = square_count_[l] > 0.0;
    double mean = seen ? square_sum_[l] / square_count_[l] : largest;
    if (options_.kind == Sampling::Gain) mean = std::max(mean, kLeastSignal * largest);
    const double gain = largest > 0.0 ? size * std::pow(mean / largest, options_.layer_power)
                                      : (size > 0.0 ? 1.0 : 0.0);
    weights.push_back(gain / price_[l]);
  }
  return weights;
}

std::vector<std::int64_t> CoordinateSampler::draw_by_layer(std::int64_t period) const {
  const Philox random(options_.seed, Purpose::Sample, static_cast<std::uint64_t>(period));
  const auto d = static_cast<std::uint64_t>(ends_.back());
  std::vector<std::int64_t> sizes, chosen;
  for (std::size_t l = 0; l < ends_.size(); ++l) {
    sizes.push_back(ends_[l] - (l == 0 ? 0 : ends_[l - 1]));
  }
  const std::vector<std::int64_t> places =
      share_places(options_.size, layer_weights(), sizes, random.uniform(2 * d));
  std::vector<std::pair<double, std::int64_t>> keyed;
  for (std::size_t l = 0; l < ends_.size(); ++l) {
    if (places[l] == 0) continue;
    keyed.clear();
    for (std::int64_t i = ends_[l] - sizes[l]; i < ends_[l]; ++i) {
      keyed.emplace_back(random.uniform(static_cast<std::uint64_t>(i)), i);
    }
    take_smallest(keyed, places[l], chosen);
  }
  keyed.clear();  // into random order, so that pairs and prefixes mix the tensors
  for (const std::int64_t i : chosen) {
    keyed.emplace_back(random.uniform(d + static_cast<std::uint64_t>(i)), i);
  }
  chosen.clear();
  take_smallest(keyed, options_.size, chosen);
  return chosen;
}

std::vector<std::int64_t> CoordinateSampler::draw_by_promise(std::int64_t period) const {
  const Philox random(options_.seed, Purpose::Sample, static_cast<std::uint64_t>(period));
  double sum = 0.0, seen = 0.0;
  for (const double value : promise_) {
    if (value < 0.0) continue;
    sum += value;
    seen += 1.0;
  }
  const double mean = sum > 0.0 ? sum / seen : 1.0;
  std::vector<std::pair<double, std::int64_t>> keyed;
  keyed.reserve(promise_.size());
  for (std::size_t i = 0; i < promise_.size(); ++i) {
    const double weight = (promise_[i] < 0.0 ? mean : promise_[i]) + kShareForAll * mean;
    // The m smallest of −log(u)/w are a draw without replacement in proportion to w (Efraimidis and
    // Spirakis, Inf. Process. Lett. 97, 2006).
    keyed.emplace_back(-std::log(random.uniform(i)) / weight, static_cast<std::int64_t>(i));
  }
  std::vector<std::int64_t> chosen;
  take_smallest(keyed, options_.size, chosen);
  return chosen;
}

void CoordinateSampler::learn(std::span<const std::int64_t> at,
                              std::span<const double> g,
                              std::span<const double> v,
                              std::span<const double> noise) {
  const bool told = options_.kind == Sampling::Gain && !noise.empty();
  for (double& sum : square_sum_) sum *= kFade;
  for (double& count : square_count_) count *= kFade;
  for (std::size_t s = 0; s < at.size(); ++s) {
    if (!promise_.empty()) promise_[at[s]] = std::min(std::abs(g[s] * v[s]), 1e150);
    if (square_sum_.empty()) continue;
    const auto l = std::upper_bound(ends_.begin(), ends_.end(), at[s]) - ends_.begin();
    square_sum_[l] += std::min(g[s] * g[s], 1e150) - (told ? noise[s] : 0.0);
    square_count_[l] += told ? noise[s] : 1.0;
  }
}

void CoordinateSampler::save(State& state) const {
  state["sampling.square_sum"] = square_sum_;
  state["sampling.square_count"] = square_count_;
  state["sampling.promise"] = promise_;
}

void CoordinateSampler::load(const State& state) {
  square_sum_ = state_reals(state, "sampling.square_sum", square_sum_.size());
  square_count_ = state_reals(state, "sampling.square_count", square_count_.size());
  promise_ = state_reals(state, "sampling.promise", promise_.size());
}

}  // namespace zo
