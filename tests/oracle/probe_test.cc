#include "src/oracle/probe.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/base/error.h"

namespace zo {
namespace {

DenseProbe direction(double scale, std::uint64_t seed, Law law = Law::Gaussian) {
  DenseProbe probe;
  probe.scale = scale;
  probe.seed = seed;
  probe.law = law;
  return probe;
}

TEST(SparseProbe, KeepsItsEditsInOrder) {
  const Probe probe = pair_probe({7, 0.5}, {3, -0.25});
  const auto edits = std::get<SparseProbe>(probe).edits();
  ASSERT_EQ(edits.size(), 2u);
  EXPECT_EQ(edits[0].index, 7);
  EXPECT_EQ(edits[0].delta, 0.5);
  EXPECT_EQ(edits[1].index, 3);
  EXPECT_EQ(edits[1].delta, -0.25);
}

TEST(SparseProbe, RefusesNoEditsTooManyAndACoordinateTwice) {
  std::vector<Edit> edits;
  EXPECT_THROW(SparseProbe{edits}, Error);
  for (int i = 0; i < SparseProbe::kMaxEdits; ++i) edits.push_back({i, 1.0});
  EXPECT_NO_THROW(SparseProbe{edits});
  edits.push_back({100, 1.0});
  EXPECT_THROW(SparseProbe{edits}, Error);
  EXPECT_THROW(pair_probe({4, 1.0}, {4, 2.0}), Error);
}

TEST(DenseProbe, AddsScaleTimesItsEntries) {
  for (const Law law : {Law::Gaussian, Law::Rademacher}) {
    const DenseProbe probe = direction(0.5, 11, law);
    std::vector<double> values(101, 2.0);
    add_direction(probe, values);
    for (std::int64_t i = 0; i < 101; ++i) {
      EXPECT_EQ(values[i], 2.0 + 0.5 * direction_entry(probe, i));
    }
  }
}

TEST(DenseProbe, WeightsMultiplyTheDrawnEntriesAndAVectorReplacesThem) {
  const DenseProbe plain = direction(2.0, 5);
  DenseProbe weighted = plain;
  weighted.weights = std::make_shared<const std::vector<double>>(std::vector<double>{3.0, -1.0});
  EXPECT_EQ(direction_entry(weighted, 0), 3.0 * direction_entry(plain, 0));
  EXPECT_EQ(direction_entry(weighted, 1), -direction_entry(plain, 1));
  DenseProbe given = plain;
  given.vector = std::make_shared<const std::vector<double>>(std::vector<double>{4.0, 5.0});
  std::vector<double> values(2, 1.0);
  add_direction(given, values);
  EXPECT_EQ(values, (std::vector<double>{9.0, 11.0}));
}

TEST(DenseProbe, EntriesFollowTheirLaw) {
  constexpr std::int64_t kEntries = 200000;
  const DenseProbe gaussian = direction(1.0, 1), signs = direction(1.0, 1, Law::Rademacher);
  double mean = 0.0, square = 0.0, balance = 0.0;
  for (std::int64_t i = 0; i < kEntries; ++i) {
    const double x = direction_entry(gaussian, i), s = direction_entry(signs, i);
    ASSERT_EQ(std::fabs(s), 1.0);
    mean += x / kEntries;
    square += x * x / kEntries;
    balance += s / kEntries;
  }
  const double error =
      1.0 / std::sqrt(static_cast<double>(kEntries));  // standard error of both means
  EXPECT_LT(std::fabs(mean), 4.5 * error);
  EXPECT_LT(std::fabs(balance), 4.5 * error);
  EXPECT_LT(std::fabs(square - 1.0), 4.5 * std::sqrt(2.0) * error);
}

TEST(DenseProbe, SeedsGiveIndependentDirections) {
  constexpr std::int64_t kEntries = 100000;
  double product = 0.0;
  for (std::int64_t i = 0; i < kEntries; ++i) {
    product += direction_entry(direction(1.0, 8), i) * direction_entry(direction(1.0, 9), i);
  }
  EXPECT_LT(std::fabs(product), 4.5 * std::sqrt(static_cast<double>(kEntries)));
}

TEST(TotalChange, AddsDensePartEditsAndDirectionsCoordinateByCoordinate) {
  auto along = std::make_shared<const std::vector<double>>(std::vector<double>{1.0, 0.0, -2.0});
  DenseProbe probe;
  probe.scale = 0.5;
  probe.vector = along;
  const Update all{.edits = {{1, 4.0}}, .dense = {1.0, 2.0, 3.0}, .directions = {probe, probe}};
  EXPECT_EQ(total_change(all, 3), (std::vector<double>{2.0, 6.0, 1.0}));
  EXPECT_EQ(total_change({}, 2), (std::vector<double>{0.0, 0.0}));
}

}  // namespace
}  // namespace zo
