#include "src/train/rate.h"

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

/// Every loss takes a millisecond at least.
class SlowOracle final : public LossOracle {
 public:
  SlowOracle() : LossOracle(one_coordinate(), Precision::Float64) {}
  std::vector<double> values(std::span<const std::int64_t>) const override { return {}; }
  std::vector<double> theta() const override { return {0.0}; }

 private:
  static Layout one_coordinate() {
    Layout layout;
    layout.append("x", {1}, Role::Plain);
    return layout;
  }
  void do_begin_batch(std::int64_t) override {}
  double do_base() override { return 0.0; }
  void do_evaluate(std::span<const Probe> probes, std::span<double>) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(probes.size()));
  }
  void do_move(const Update&) override {}
};

TEST(LossesPerSecond, GrowsTheListUntilItTakesTheTimeAskedFor) {
  SlowOracle oracle;
  std::vector<std::int64_t> lengths;
  const double rate = losses_per_second(
      oracle,
      [&](std::int64_t count) {
        lengths.push_back(count);
        return std::vector<Probe>(count, coordinate_probe(0, 1.0));
      },
      0.05);
  EXPECT_LE(rate, 1000.0);  // sleeping never ends early
  EXPECT_GT(rate, 0.0);
  EXPECT_GE(static_cast<double>(lengths.back()) / rate, 0.8 * 0.05);
  for (std::size_t i = 2; i < lengths.size(); ++i) EXPECT_GT(lengths[i], lengths[i - 1]);
}

}  // namespace
}  // namespace zo
