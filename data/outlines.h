#pragma once
#include <array>

namespace zo {

/// The ten classes of the shapes set, numbered as their labels.
enum class Outline {
  Disc,
  Ring,
  Square,
  Frame,
  Triangle,
  Cross,
  Crescent,
  Stripes,
  Checkers,
  Dots,
};

/// Class names in the order of Outline.
inline constexpr std::array<const char*, 10> kOutlineNames = {"disc",
                                                              "ring",
                                                              "square",
                                                              "frame",
                                                              "triangle",
                                                              "cross",
                                                              "crescent",
                                                              "stripes",
                                                              "checkers",
                                                              "dots"};

/// Distance from the point (u, v) to the edge of an outline of about unit radius around the origin:
/// negative inside, positive outside, slope at most 1 (a bound, not always the Euclidean distance).
/// Uses only operations that IEEE 754 rounds correctly, so every machine gives the same bits.
double outline_distance(Outline outline, double u, double v);

}  // namespace zo
