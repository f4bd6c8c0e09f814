#include "data/outlines.h"

#include <gtest/gtest.h>

#include <cmath>

#include "src/base/philox.h"

namespace zo {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// Area of what lies inside, by counting points of a fine grid over [−1.5, 1.5]².
double counted_area(Outline outline) {
  constexpr int kPoints = 1500;
  constexpr double kStep = 3.0 / kPoints;
  std::int64_t inside = 0;
  for (int i = 0; i < kPoints; ++i) {
    for (int j = 0; j < kPoints; ++j) {
      const double u = -1.5 + (i + 0.5) * kStep, v = -1.5 + (j + 0.5) * kStep;
      inside += outline_distance(outline, u, v) < 0 ? 1 : 0;
    }
  }
  return static_cast<double>(inside) * kStep * kStep;
}

/// A disc of radius R without one of radius r whose centre is d away.
double crescent_area(double R, double r, double d) {
  const double a = (d * d + r * r - R * R) / (2 * d * r), b = (d * d + R * R - r * r) / (2 * d * R);
  const double kite = std::sqrt((-d + r + R) * (d + r - R) * (d - r + R) * (d + r + R)) / 2;
  const double lens = r * r * std::acos(a) + R * R * std::acos(b) - kite;
  return kPi * R * R - lens;
}

TEST(Outlines, HaveTheAreasOfTheirFigures) {
  const double expected[10] = {
      kPi * 0.9 * 0.9,
      kPi * (0.92 * 0.92 - 0.58 * 0.58),
      1.6 * 1.6,
      4 * (0.84 * 0.84 - 0.52 * 0.52),
      3 * std::sqrt(3.0) * 0.55 * 0.55,
      2 * (1.9 * 0.54) - 0.54 * 0.54,
      crescent_area(0.95, 0.75, 0.5),
      3 * 0.3 * 1.8,
      5 * 0.6 * 0.6,
      5 * kPi * 0.26 * 0.26,
  };
  // A grid of step h is wrong by at most about the cells on the edge: perimeter · h < 16 · 0.002.
  for (int i = 0; i < 10; ++i) {
    EXPECT_NEAR(counted_area(static_cast<Outline>(i)), expected[i], 0.032) << kOutlineNames[i];
  }
}

TEST(Outlines, NeverChangeFasterThanTheDistanceMoved) {
  const Philox random(1, Purpose::Test);
  std::uint64_t at = 0;
  for (int i = 0; i < 10; ++i) {
    for (int k = 0; k < 20000; ++k) {
      const auto outline = static_cast<Outline>(i);
      const double u = 3 * random.uniform(at) - 1.5, v = 3 * random.uniform(at + 1) - 1.5;
      const double du = 0.2 * random.uniform(at + 2) - 0.1, dv = 0.2 * random.uniform(at + 3) - 0.1;
      at += 4;
      const double change =
          outline_distance(outline, u + du, v + dv) - outline_distance(outline, u, v);
      ASSERT_LE(std::abs(change), std::sqrt(du * du + dv * dv) * (1 + 1e-12) + 1e-15)
          << kOutlineNames[i];
    }
  }
}

TEST(Outlines, StayInsideACircleThatFitsThePicture) {
  for (int i = 0; i < 10; ++i) {
    for (int k = 0; k < 720; ++k) {
      const double angle = kPi * k / 360;
      EXPECT_GE(
          outline_distance(static_cast<Outline>(i), 1.3 * std::cos(angle), 1.3 * std::sin(angle)),
          0)
          << kOutlineNames[i];
    }
  }
}

}  // namespace
}  // namespace zo
