#include "src/estimators/sampling.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>
#include <set>

#include "src/estimators/subspace.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

Layout three_tensors() {
  Layout layout;
  layout.append("a", {100}, Role::Plain);
  layout.append("b", {10}, Role::Plain);
  layout.append("c", {50}, Role::Plain);
  return layout;
}

/// A probe of tensor a, b, c of three_tensors() costs so many forward passes.
class Priced : public FunctionOracle {
 public:
  explicit Priced(std::array<double, 3> costs)
      : FunctionOracle(three_tensors(),
                       diagonal(std::vector<double>(160, 1.0)),
                       std::vector<double>(160, 0.0),
                       Precision::Float64),
        costs_(costs) {}
  double effort(const Probe& probe) const override {
    const auto& edits = std::get<SparseProbe>(probe).edits();
    EXPECT_EQ(edits.size(), 1u);
    const std::int64_t i = edits[0].index;
    return costs_[i < 100 ? 0 : i < 110 ? 1 : 2];
  }

 private:
  std::array<double, 3> costs_;
};

std::vector<std::int64_t> places_of(const CoordinateSampler& sampler, std::int64_t period) {
  std::vector<std::int64_t> places(3, 0);
  for (const std::int64_t i : sampler.draw(period)) ++places[i < 100 ? 0 : i < 110 ? 1 : 2];
  return places;
}

std::vector<std::int64_t> all(std::int64_t d) {
  std::vector<std::int64_t> indices(d);
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  return indices;
}

std::vector<double> counts_of(const CoordinateSampler& sampler, std::int64_t d, int periods) {
  std::vector<double> counts(d, 0.0);
  for (int period = 0; period < periods; ++period) {
    for (const std::int64_t i : sampler.draw(period)) counts[i] += 1.0;
  }
  return counts;
}

TEST(CoordinateSampler, EveryKindDrawsDifferentCoordinatesAndTheSameOnesAgain) {
  for (const Sampling kind :
       {Sampling::Uniform, Sampling::Layer, Sampling::Gain, Sampling::Guided}) {
    CoordinateSampler sampler({.kind = kind, .seed = 3, .size = 40}, three_tensors());
    for (std::int64_t period = 0; period < 5; ++period) {
      const auto drawn = sampler.draw(period);
      EXPECT_EQ(drawn.size(), 40u);
      EXPECT_EQ(std::set(drawn.begin(), drawn.end()).size(), 40u);
      EXPECT_EQ(sampler.draw(period), drawn);
      EXPECT_NE(sampler.draw(period + 1), drawn);
    }
  }
}

TEST(CoordinateSampler, UniformDrawsAreTheSubspacesOfThePaper) {
  const CoordinateSampler sampler({.seed = 3, .size = 7}, plain_layout(20));
  EXPECT_EQ(sampler.draw(4), draw_subspace(3, 4, 20, 7, 2).coordinates);
}

TEST(CoordinateSampler, SweepVisitsEveryCoordinateOnceBeforeAnyTwice) {
  const CoordinateSampler sampler({.kind = Sampling::Guided, .seed = 3, .size = 7, .sweep = true},
                                  plain_layout(20));
  std::set<std::int64_t> seen;
  for (std::int64_t period = 0; period < 3; ++period) {
    const std::size_t before = seen.size();
    for (const std::int64_t i : sampler.draw(period)) seen.insert(i);
    EXPECT_EQ(static_cast<std::int64_t>(seen.size() - before), sampler.unvisited(period));
  }
  EXPECT_EQ(seen.size(), 20u);
  EXPECT_EQ(sampler.unvisited(3), 0);
}

TEST(CoordinateSampler, TensorsNeverSeenShareThePlacesEvenly) {
  const CoordinateSampler sampler({.kind = Sampling::Layer, .seed = 3, .size = 12},
                                  three_tensors());
  EXPECT_EQ(places_of(sampler, 0), (std::vector<std::int64_t>{4, 4, 4}));
}

TEST(CoordinateSampler, LayerSharesFollowThePowerOfTheMeanSquaredGradient) {
  // Mean g²: 1, 16, 4. Weights with power ½: 100·1, 10·4, 50·2 of 240; 24 places: 10, 4, 10.
  CoordinateSampler sampler({.kind = Sampling::Layer, .seed = 3, .size = 24, .layer_power = 0.5},
                            three_tensors());
  std::vector<double> g(160, 1.0);
  for (int i = 100; i < 160; ++i) g[i] = i < 110 ? -4.0 : 2.0;
  sampler.learn(all(160), g, g);
  for (std::int64_t period = 0; period < 5; ++period) {
    EXPECT_EQ(places_of(sampler, period), (std::vector<std::int64_t>{10, 4, 10}));
  }
  // Inside a tensor all are alike: 2000 draws of 10 in 100 expect 200 each, σ = √(2000·0.1·0.9).
  const auto counts = counts_of(sampler, 160, 2000);
  const double sigma = std::sqrt(2000.0 * 0.1 * 0.9);
  for (int i = 0; i < 100; ++i) EXPECT_NEAR(counts[i], 200.0, 4.5 * sigma);
}

TEST(CoordinateSampler, GainDividesTheWeightOfATensorByThePowerOfItsCost) {
  // Mean g²: 1, 16, 4, weights with power ½ 100, 40, 100. A probe costs what the oracle says and 0.0001
  // for handling. Over 1, ¼, 4: 100, 160, 25, and the ten of b are all drawn, 8 and 2 of ten more
  // places are left. Over their roots, or over 0.0002, 0.0001, 0.0004: 100, 80, 50.
  struct Case {
    std::array<double, 3> costs;
    double power;
    std::int64_t size;
    std::vector<std::int64_t> places;
  };
  const std::array<double, 3> dear = {0.9999, 0.2499, 3.9999};
  const Case cases[] = {{dear, 1.0, 20, {8, 10, 2}},
                        {dear, 0.5, 23, {10, 8, 5}},
                        {{0.0001, 0.0, 0.0003}, 1.0, 23, {10, 8, 5}},
                        {dear, 0.0, 24, {10, 4, 10}}};
  std::vector<double> g(160, 1.0);
  for (int i = 100; i < 160; ++i) g[i] = i < 110 ? -4.0 : 2.0;
  for (const Case& c : cases) {
    CoordinateSampler sampler({.kind = Sampling::Gain,
                               .seed = 3,
                               .size = c.size,
                               .layer_power = 0.5,
                               .cost_power = c.power},
                              three_tensors());
    sampler.price(Priced(c.costs));
    sampler.learn(all(160), g, g);
    for (std::int64_t period = 0; period < 5; ++period) {
      EXPECT_EQ(places_of(sampler, period), c.places) << c.power;
    }
  }
}

TEST(CoordinateSampler, GainWeighsATensorByItsSignalOverItsNoiseWhereThatIsTold) {
  // Σ(g² − noise)/Σ noise: a (1 + 1 − 1)/1 = 1 from two of its hundred, b (16 − 1)/1 = 15, c
  // (4 − 4)/4 = 0, which counts as a hundredth of b. Weights 100·1, 10·15, 50·0.15 of 257.5; b has ten
  // places only, the other 43 are a's and c's by 100 to 7.5.
  const std::vector<std::int64_t> at = {0, 1, 100, 110};
  const std::vector<double> g = {-1.0, 1.0, 4.0, 2.0}, noise = {0.25, 0.75, 1.0, 4.0};
  CoordinateSampler sampler({.kind = Sampling::Gain, .seed = 3, .size = 53, .layer_power = 1.0},
                            three_tensors());
  sampler.price(Priced({0.5, 0.5, 0.5}));
  sampler.learn(at, g, g, noise);
  for (std::int64_t period = 0; period < 5; ++period) {
    EXPECT_EQ(places_of(sampler, period), (std::vector<std::int64_t>{40, 10, 3})) << period;
  }
  // By layer it is the mean square as ever: 1, 16, 4, and 100·1, 10·16, 50·4 of 460.
  CoordinateSampler plain({.kind = Sampling::Layer, .seed = 3, .size = 23, .layer_power = 1.0},
                          three_tensors());
  plain.learn(at, g, g, noise);
  EXPECT_EQ(places_of(plain, 0), (std::vector<std::int64_t>{5, 8, 10}));
}

TEST(CoordinateSampler, GainSharesThePlacesOfTensorsNeverSeenByCost) {
  CoordinateSampler sampler({.kind = Sampling::Gain, .seed = 3, .size = 13}, three_tensors());
  sampler.price(Priced({0.9999, 0.2499, 3.9999}));
  std::vector<double> counts(3, 0.0);
  for (std::int64_t period = 0; period < 1000; ++period) {
    const auto places = places_of(sampler, period);
    for (int l = 0; l < 3; ++l) counts[l] += static_cast<double>(places[l]);
  }
  // 13·4/5.25 = 9.905 < 10: shares 2.476, 9.905, 0.619, rounded at random, σ ≤ ½ a draw.
  const double bound = 4.5 * 0.5 * std::sqrt(1000.0);
  EXPECT_NEAR(counts[0], 1000.0 * 13.0 / 5.25, bound);
  EXPECT_NEAR(counts[1], 1000.0 * 13.0 * 4.0 / 5.25, bound);
  EXPECT_NEAR(counts[2], 1000.0 * 13.0 * 0.25 / 5.25, bound);
}

TEST(CoordinateSampler, GuidedDrawsFollowTheFirstPlacesProbabilities) {
  // m = 1: probability (p_i + 0.1·mean)/(1.1·Σp). Promises |g·v| = 1, 2, 3, 4 and one of 0.
  CoordinateSampler sampler({.kind = Sampling::Guided, .seed = 3, .size = 1}, plain_layout(5));
  const std::vector<double> g = {1.0, -2.0, 3.0, 4.0, 0.0}, v = {1.0, 1.0, -1.0, 1.0, 1.0};
  sampler.learn(all(5), g, v);
  const int draws = 20000;
  const auto counts = counts_of(sampler, 5, draws);
  for (int i = 0; i < 5; ++i) {
    const double p = (std::abs(g[i]) + 0.2) / 11.0;
    EXPECT_NEAR(counts[i], draws * p, 4.5 * std::sqrt(draws * p * (1.0 - p))) << i;
  }
}

TEST(CoordinateSampler, ContinuesFromItsSavedState) {
  for (const Sampling kind : {Sampling::Layer, Sampling::Gain, Sampling::Guided}) {
    const SamplingOptions options{.kind = kind, .seed = 3, .size = 30};
    CoordinateSampler one(options, three_tensors()), two(options, three_tensors());
    std::vector<double> g(160);
    for (int i = 0; i < 160; ++i) g[i] = gaussian(1, i);
    one.learn(all(160), g, g);
    State state;
    one.save(state);
    two.load(state);
    EXPECT_EQ(one.draw(2), two.draw(2));
  }
}

TEST(SharePlaces, FullPartsGiveWhatIsLeftToTheOthers) {
  const std::vector<double> weights = {10.0, 1.0, 1.0};
  const std::vector<std::int64_t> sizes = {3, 10, 10};
  EXPECT_EQ(share_places(9, weights, sizes, 0.5), (std::vector<std::int64_t>{3, 3, 3}));
  EXPECT_EQ(share_places(23, weights, sizes, 0.5), (std::vector<std::int64_t>{3, 10, 10}));
}

TEST(SharePlaces, RandomRoundingHasTheExactMean) {
  const std::vector<double> weights = {0.3, 0.7};
  const std::vector<std::int64_t> sizes = {10, 10};
  double first = 0.0;
  for (int k = 0; k < 1000; ++k) {
    const auto places = share_places(1, weights, sizes, (k + 0.5) / 1000.0);
    EXPECT_EQ(places[0] + places[1], 1);
    first += static_cast<double>(places[0]);
  }
  EXPECT_NEAR(first / 1000.0, 0.3, 1e-12);
}

TEST(SharePlaces, PartsWithoutWeightFillUpOnlyWhenTheOthersAreFull) {
  const std::vector<double> weights = {1.0, 0.0};
  const std::vector<std::int64_t> sizes = {5, 5};
  EXPECT_EQ(share_places(4, weights, sizes, 0.5), (std::vector<std::int64_t>{4, 0}));
  EXPECT_EQ(share_places(7, weights, sizes, 0.5), (std::vector<std::int64_t>{5, 2}));
}

}  // namespace
}  // namespace zo
