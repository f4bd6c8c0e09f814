#include "src/run/rate.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <thread>
#include <variant>

#include "models/registry.h"

namespace zo {
namespace {

std::int64_t coordinate_of(const Probe& probe) {
  return std::get<SparseProbe>(probe).edits()[0].index;
}

TEST(UniformProbes, HoldOneCoordinateOfEveryEqualShare) {
  const Layout layout = make_network("resnet8", {3, 32, 32}, 10).layout;
  std::vector<int> all;
  for (std::size_t s = 0; s < layout.segments.size(); ++s) all.push_back(static_cast<int>(s));
  const auto probes = uniform_probes(layout, all, 1000);
  ASSERT_EQ(probes.size(), 1000u);
  for (std::int64_t i = 0; i < 1000; ++i) {
    const double share = static_cast<double>(layout.dimension()) / 1000;
    const auto at = static_cast<double>(coordinate_of(probes[i]));
    EXPECT_GE(at, std::floor(static_cast<double>(i) * share));
    EXPECT_LT(at, static_cast<double>(i + 1) * share);
  }
}

TEST(UniformProbes, StandAnywhereInTheirShare) {
  Layout layout;
  layout.append("x", {1000, 1000}, Role::Plain);
  const auto probes = uniform_probes(layout, {0}, 1000);
  double mean = 0.0;
  for (std::int64_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(std::get<SparseProbe>(probes[i]).edits()[0].delta, 5e-3);
    // The middle of a coordinate, in shares of 1000.
    mean += (static_cast<double>(coordinate_of(probes[i]) - 1000 * i) + 0.5) / 1000 / 1000;
  }
  // Five standard deviations of the mean of 1000 uniform numbers.
  EXPECT_NEAR(mean, 0.5, 5.0 / std::sqrt(12.0 * 1000));
}

TEST(DenseProbes, AreGaussianDirectionsEachOfItsOwnSeed) {
  const auto probes = dense_probes(4);
  ASSERT_EQ(probes.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& probe = std::get<DenseProbe>(probes[i]);
    EXPECT_EQ(probe.scale, 1e-4);
    EXPECT_EQ(probe.seed, i);
    EXPECT_EQ(probe.law, Law::Gaussian);
    EXPECT_EQ(probe.weights, nullptr);
    EXPECT_EQ(probe.vector, nullptr);
  }
}

TEST(UniformProbes, StayInTheSegmentsAskedFor) {
  const Layout layout = make_network("resnet8", {3, 32, 32}, 10).layout;
  const std::vector<int> two = {1, 4};
  std::int64_t seen[2] = {0, 0};
  for (const Probe& probe : uniform_probes(layout, two, 500)) {
    for (int k = 0; k < 2; ++k) {
      const Segment& segment = layout.segments[two[k]];
      const std::int64_t within = coordinate_of(probe) - segment.offset;
      seen[k] += within >= 0 && within < segment.size;
    }
  }
  EXPECT_EQ(seen[0] + seen[1], 500);
  const auto size = [&](int k) { return static_cast<double>(layout.segments[two[k]].size); };
  EXPECT_NEAR(static_cast<double>(seen[0]), 500 * size(0) / (size(0) + size(1)), 1.0);
}

TEST(UniformProbes, OfMoreThanAllCoordinatesRepeatThem) {
  Layout layout;
  layout.append("x", {3}, Role::Plain);
  const auto probes = uniform_probes(layout, {0}, 7);
  EXPECT_EQ(coordinate_of(probes.front()), 0);
  EXPECT_EQ(coordinate_of(probes.back()), 2);
}

using Clock = std::chrono::steady_clock;

/// Every loss takes `pause` at least.
class SlowOracle final : public LossOracle {
 public:
  explicit SlowOracle(std::chrono::milliseconds pause)
      : LossOracle(one_coordinate(), Precision::Float64), pause_(pause) {}
  std::vector<double> values(std::span<const std::int64_t>) const override { return {}; }
  std::vector<double> theta() const override { return {0.0}; }

  /// Seconds that the last evaluation took, seen from within.
  double spent = 0.0;

 private:
  static Layout one_coordinate() {
    Layout layout;
    layout.append("x", {1}, Role::Plain);
    return layout;
  }
  void do_begin_batch(std::int64_t) override {}
  double do_base() override { return 0.0; }
  void do_evaluate(std::span<const Probe> probes, std::span<double>, std::span<double>) override {
    const auto start = Clock::now();
    std::this_thread::sleep_for(pause_ * static_cast<std::int64_t>(probes.size()));
    spent = std::chrono::duration<double>(Clock::now() - start).count();
  }
  void do_move(const Update&) override {}

  std::chrono::milliseconds pause_;
};

/// What losses_per_second returned, and the lengths of its lists.
struct Measured {
  double rate = 0.0;
  std::vector<std::int64_t> lengths;
  double longest = 0.0;  // seconds from the making of the last list to the return

  Measured(SlowOracle& oracle, double seconds) {
    Clock::time_point made;
    const auto make = [&](std::int64_t count) {
      lengths.push_back(count);
      std::vector<Probe> probes(count, coordinate_probe(0, 1.0));
      made = Clock::now();
      return probes;
    };
    rate = losses_per_second(oracle, make, seconds);
    longest = std::chrono::duration<double>(Clock::now() - made).count();
  }
};

TEST(LossesPerSecond, GrowsTheListUntilItTakesMostOfTheTimeAskedFor) {
  SlowOracle oracle(std::chrono::milliseconds(1));
  // Eight losses take 0.4 of it: too short to stop.
  const Measured measured(oracle, 0.02);
  const auto& lengths = measured.lengths;
  EXPECT_GE(static_cast<double>(lengths.back()) / measured.rate, 0.8 * 0.02);
  for (std::size_t i = 2; i < lengths.size(); ++i) EXPECT_GT(lengths[i], lengths[i - 1]);
}

TEST(LossesPerSecond, IsTheLengthOfTheLastListOverItsTime) {
  SlowOracle oracle(std::chrono::milliseconds(1));
  const Measured measured(oracle, 0.05);
  const auto count = static_cast<double>(measured.lengths.back());
  EXPECT_LE(measured.rate, count / oracle.spent);
  EXPECT_GE(measured.rate, count / measured.longest);
}

TEST(LossesPerSecond, GrowsTheListSixteenfoldAtMostAndNotForEver) {
  SlowOracle oracle(std::chrono::milliseconds(0));
  const Measured measured(oracle, 1000.0);
  EXPECT_EQ(measured.lengths, (std::vector<std::int64_t>{8, 8, 128, 2048, 16384}));
}

}  // namespace
}  // namespace zo
