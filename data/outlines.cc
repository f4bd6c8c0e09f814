#include "data/outlines.h"

#include <algorithm>
#include <cmath>

namespace zo {
namespace {

double disc(double u, double v, double radius) { return std::sqrt(u * u + v * v) - radius; }

double box(double u, double v, double half_width, double half_height) {
  return std::max(std::abs(u) - half_width, std::abs(v) - half_height);
}

double triangle(double u, double v, double inradius) {
  constexpr double kHalfSqrt3 = 0.8660254037844386;  // normals at 90°, 210° and 330°
  return std::max({v, -0.5 * v + kHalfSqrt3 * u, -0.5 * v - kHalfSqrt3 * u}) - inradius;
}

/// Parallel bars as wide as the gaps between them, one centred on u = 0.
double bars(double u, double period) {
  const double from_centre = std::abs(u - period * std::floor(u / period + 0.5));
  return from_centre - 0.25 * period;
}

}  // namespace

double outline_distance(Outline outline, double u, double v) {
  switch (outline) {
    case Outline::Disc:
      return disc(u, v, 0.9);
    case Outline::Ring:
      return std::abs(disc(u, v, 0.75)) - 0.17;
    case Outline::Square:
      return box(u, v, 0.8, 0.8);
    case Outline::Frame:
      return std::abs(box(u, v, 0.68, 0.68)) - 0.16;
    case Outline::Triangle:
      return triangle(u, v, 0.55);
    case Outline::Cross:
      return std::min(box(u, v, 0.95, 0.27), box(u, v, 0.27, 0.95));
    case Outline::Crescent:
      return std::max(disc(u, v, 0.95), -disc(u - 0.5, v, 0.75));
    case Outline::Stripes:
      return std::max(box(u, v, 0.9, 0.9), bars(u, 0.6));
    case Outline::Checkers:
      return std::min(box(u, v, 0.3, 0.3), box(std::abs(u) - 0.6, std::abs(v) - 0.6, 0.3, 0.3));
    case Outline::Dots:
      return std::min(disc(u, v, 0.26), disc(std::abs(u) - 0.62, std::abs(v) - 0.62, 0.26));
  }
  return 1.0;
}

}  // namespace zo
