#include "src/estimators/policy_samples.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "src/base/error.h"
#include "src/estimators/directions.h"
#include "tests/oracle/functions.h"

namespace zo {
namespace {

using namespace zo::test;

/// Samples of these steps with these losses; anchors 10 × step.
std::vector<PolicySample> given(std::vector<std::int64_t> steps, std::vector<double> losses) {
  std::vector<PolicySample> samples;
  for (std::size_t k = 0; k < steps.size(); ++k) {
    PolicySample sample;
    sample.step = steps[k];
    sample.loss = losses[k];
    sample.anchor = 10.0 * static_cast<double>(steps[k]);
    samples.push_back(sample);
  }
  return samples;
}

TEST(Deviations, EveryBaselineHasItsValueAndItsNormaliser) {
  const auto samples = given({0, 0, 1, 1, 1}, {1.0, 3.0, 5.0, 6.0, 10.0});
  const std::vector<double> weights = {1.0, 1.0, 0.0, 2.0, 0.0};
  const auto check = [&](Baseline b, std::vector<double> value, double normaliser) {
    const Deviations d = deviations(samples, b, weights);
    EXPECT_EQ(d.value, value);
    EXPECT_EQ(d.normaliser, normaliser);
  };
  check(Baseline::None, {1.0, 3.0, 5.0, 6.0, 10.0}, 5.0);
  check(Baseline::Anchor, {1.0, 3.0, -5.0, -4.0, 0.0}, 5.0);
  check(Baseline::Mean, {-4.0, -2.0, 0.0, 1.0, 5.0}, 4.0);
  check(Baseline::StepMean, {-1.0, 1.0, -2.0, -1.0, 3.0}, 3.0);
  check(Baseline::Optimal, {-3.0, -1.0, 1.0, 2.0, 6.0}, 5.0);
}

TEST(Deviations, OneSampleIsTooFewForItsOwnMean) {
  const auto one = given({0}, {2.0});
  EXPECT_EQ(deviations(one, Baseline::Mean, {}).normaliser, 0.0);
  EXPECT_EQ(deviations(one, Baseline::StepMean, {}).normaliser, 0.0);
  EXPECT_EQ(deviations({}, Baseline::Mean, {}).normaliser, 0.0);
}

TEST(PolicySamples, KeepTheLastStepsAndCountThePresentOne) {
  FunctionOracle oracle(diagonal({1.0, 2.0}), {1.0, 1.0});
  PolicySamples samples({.seed = 1, .directions = 2, .history = 3, .radius = 0.1}, 2);
  for (std::int64_t k = 0; k < 5; ++k) samples.ask(oracle, k, 0.0);
  std::vector<std::int64_t> steps;
  for (const PolicySample& s : samples.samples()) steps.push_back(s.step);
  EXPECT_EQ(steps, (std::vector<std::int64_t>{2, 2, 3, 3, 4, 4}));
  EXPECT_EQ(oracle.ledger().probe, 10);
  const auto now = samples.samples().last(2);
  EXPECT_DOUBLE_EQ(samples.mean_loss(4), 0.5 * (now[0].loss + now[1].loss));
  EXPECT_TRUE(std::isnan(samples.mean_loss(1)));
}

TEST(PolicySamples, LossesAreThoseOfTheirDirectionsAtRadiusMu) {
  const std::vector<double> x = {1.0, -1.0, 0.5};
  FunctionOracle oracle(diagonal({1.0, 2.0, 3.0}), x);
  for (const bool orthogonal : {false, true}) {
    PolicySamples samples(
        {.seed = 1, .directions = 3, .history = 1, .radius = 0.2, .orthogonal = orthogonal}, 3);
    samples.ask(oracle, 6, 0.0);
    for (const PolicySample& s : samples.samples()) {
      std::vector<double> point = x;
      for (std::size_t i = 0; i < 3; ++i) {
        point[i] += 0.2 * direction_entry(s.direction, static_cast<std::int64_t>(i));
      }
      EXPECT_DOUBLE_EQ(s.loss, diagonal({1.0, 2.0, 3.0})(point, 0));
    }
  }
}

TEST(PolicySamples, ALossThatIsNotFiniteNeverEnters) {
  int calls = 0;
  const PlainFunction second_fails = [&](std::span<const double>, std::int64_t) {
    return ++calls == 2 ? std::numeric_limits<double>::quiet_NaN() : 1.0;
  };
  FunctionOracle oracle(second_fails, {0.0});
  PolicySamples samples({.seed = 1, .directions = 3, .history = 2, .radius = 0.1}, 1);
  EXPECT_EQ(samples.ask(oracle, 0, 0.0), 1);
  EXPECT_EQ(samples.samples().size(), 2u);
  EXPECT_EQ(samples.samples()[1].index, 2);
}

TEST(PolicySamples, ACheckpointOfScalarsBringsBackTheDirectionsBitForBit) {
  for (const bool orthogonal : {false, true}) {
    const PolicyOptions options{
        .seed = 8, .directions = 3, .history = 2, .radius = 0.1, .orthogonal = orthogonal};
    FunctionOracle oracle(diagonal({1.0, 2.0, 3.0, 4.0}), {1.0, 1.0, 1.0, 1.0});
    PolicySamples samples(options, 4), loaded(options, 4);
    for (std::int64_t k = 0; k < 3; ++k) samples.ask(oracle, k, 0.5);
    State state;
    samples.save(state);
    loaded.load(state);
    ASSERT_EQ(loaded.samples().size(), 6u);
    for (std::size_t k = 0; k < 6; ++k) {
      const PolicySample &a = samples.samples()[k], &b = loaded.samples()[k];
      EXPECT_EQ(a.loss, b.loss);
      EXPECT_EQ(a.anchor, b.anchor);
      EXPECT_EQ(a.step, b.step);
      for (std::int64_t i = 0; i < 4; ++i) {
        EXPECT_EQ(direction_entry(a.direction, i), direction_entry(b.direction, i));
      }
    }
    State bad = state;
    bad["samples.index"] = std::vector<std::int64_t>(6, 3);
    EXPECT_THROW(loaded.load(bad), Error);
  }
}

}  // namespace
}  // namespace zo
