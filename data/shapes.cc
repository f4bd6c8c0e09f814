#include "data/shapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>

#include "data/outlines.h"
#include "src/base/philox.h"

namespace zo {
namespace {

constexpr std::uint64_t kSeed = 20250706;  // part of the set's definition, not an option
constexpr int kSide = 32;
constexpr double kMiddle = 0.5 * kSide;
constexpr int kOutlines = static_cast<int>(kOutlineNames.size());
constexpr int kHues = 10;
constexpr std::uint64_t kFirstNoiseBlock = 1024;  // beyond the numbers that describe a scene
constexpr double kNoise = 0.08;                   // half width of the noise a pixel
constexpr int kBlotches = 5;                      // grid points of the ground's texture a side

using Colour = std::array<double, 3>;

/// What the hundred classes add to the brightness of a shape: a quarter of cos(2π(h/10 − c/3)) for hue
/// h and channel c, in digits, since how a library rounds the cosine depends on the machine.
constexpr std::array<Colour, kHues> kHueColours = {{
    {0.250, -0.125, -0.125},
    {0.202, 0.026, -0.228},
    {0.077, 0.167, -0.245},
    {-0.077, 0.245, -0.167},
    {-0.202, 0.228, -0.026},
    {-0.250, 0.125, 0.125},
    {-0.202, -0.026, 0.228},
    {-0.077, -0.167, 0.245},
    {0.077, -0.245, 0.167},
    {0.202, -0.228, 0.026},
}};
constexpr std::array<const char*, kHues> kHueNames = {
    "red", "orange", "yellow", "green", "emerald", "cyan", "azure", "blue", "violet", "pink"};
constexpr double kPaler = 1.0 / 3.0;  // of a random tint where the hue is the class's

/// The random numbers that describe one picture, in the order they are asked for.
class Draws {
 public:
  explicit Draws(const Philox& random) : random_(random) {}
  double between(double low, double high) { return low + (high - low) * random_.uniform(index_++); }
  /// A colour around a grey of the given brightness.
  Colour colour(double brightness) {
    Colour colour;
    for (double& part : colour) part = brightness + between(-0.15, 0.15);
    return colour;
  }

 private:
  Philox random_;
  std::uint64_t index_ = 0;
};

/// Everything that a picture shows, but its noise. Lengths in pixels, brightness from 0 to 1.
struct Scene {
  Outline outline;
  double x, y, radius;
  double cosine, sine;  // of the angle by which the outline is turned
  Colour shape, ground;
  double slope_x, slope_y;  // change of the brightness across the picture
  std::array<double, std::size_t{kBlotches} * kBlotches> blotches;
};

/// A picture of class `label`, whose shape has a colour of its own where there are a hundred.
Scene draw_scene(int label, int classes, const Philox& random) {
  Draws draws(random);
  Scene scene;
  scene.outline = static_cast<Outline>(label % kOutlines);
  scene.radius = draws.between(9.0, 11.5);
  const double room = 0.9 * (kMiddle - scene.radius);
  scene.x = kMiddle + draws.between(-room, room);
  scene.y = kMiddle + draws.between(-room, room);
  // t is the tangent of half the angle, so up to 33° either way. Not std::cos and std::sin: how the
  // library rounds them depends on the machine.
  const double t = draws.between(-0.3, 0.3);
  scene.cosine = (1.0 - t * t) / (1.0 + t * t);
  scene.sine = 2.0 * t / (1.0 + t * t);
  const double dark = draws.between(0.1, 0.3);
  const double contrast = draws.between(0.4, 0.6);
  scene.ground = draws.colour(dark);
  scene.shape = draws.colour(dark + contrast);
  if (classes > kOutlines) {
    const Colour& hue = kHueColours[static_cast<std::size_t>(label / kOutlines)];
    for (std::size_t c = 0; c < hue.size(); ++c) {
      const double tint = scene.shape[c] - (dark + contrast);
      scene.shape[c] = dark + contrast + hue[c] + kPaler * tint;
    }
  }
  scene.slope_x = draws.between(-0.12, 0.12);
  scene.slope_y = draws.between(-0.12, 0.12);
  for (double& blotch : scene.blotches) blotch = draws.between(-0.08, 0.08);
  return scene;
}

/// The ground's texture at pixel (x, y): the random grid, interpolated bilinearly.
double blotch_at(const Scene& scene, int x, int y) {
  constexpr double kStep = static_cast<double>(kSide) / (kBlotches - 1);
  const int column = static_cast<int>(x / kStep), row = static_cast<int>(y / kStep);
  const double fx = x / kStep - column, fy = y / kStep - row;
  const double* grid = &scene.blotches[std::size_t{kBlotches} * row + column];
  const double above = grid[0] + fx * (grid[1] - grid[0]);
  const double below = grid[kBlotches] + fx * (grid[kBlotches + 1] - grid[kBlotches]);
  return above + fy * (below - above);
}

/// The share of pixel (x, y) that the outline covers.
double coverage(const Scene& scene, int x, int y) {
  const double dx = (x + 0.5 - scene.x) / scene.radius, dy = (y + 0.5 - scene.y) / scene.radius;
  const double u = scene.cosine * dx + scene.sine * dy;
  const double v = scene.cosine * dy - scene.sine * dx;
  const double distance = outline_distance(scene.outline, u, v) * scene.radius;
  return std::clamp(0.5 - distance, 0.0, 1.0);
}

Dataset draw_split(int classes, const char* split, std::int64_t first, std::int64_t size) {
  Dataset data;
  data.name = classes > kOutlines ? "shapes100" : "shapes";
  data.split = split;
  data.height = data.width = kSide;
  data.classes = classes;
  for (int label = 0; label < classes; ++label) {
    std::string& name = data.class_names.emplace_back();
    if (classes > kOutlines) {
      name.append(kHueNames[static_cast<std::size_t>(label / kOutlines)]).append(" ");
    }
    name.append(kOutlineNames[static_cast<std::size_t>(label % kOutlines)]);
  }
  data.mean = {0.293f, 0.293f, 0.293f};
  const float deviation = classes > kOutlines ? 0.226f : 0.218f;
  data.stddev = {deviation, deviation, deviation};
  data.images.resize(static_cast<std::size_t>(size * data.pixels()));
  for (std::int64_t i = 0; i < size; ++i) {
    const auto begin = data.images.begin() + i * data.pixels();
    draw_shape(first + i, classes, {begin, begin + data.pixels()});
    data.labels.push_back(static_cast<std::uint8_t>((first + i) % classes));
  }
  return data;
}

}  // namespace

DataSplits make_shapes() {
  return {draw_split(kOutlines, "train", 0, 10000), draw_split(kOutlines, "test", 10000, 2000)};
}

DataSplits make_shapes100() {
  constexpr int kClasses = kOutlines * kHues;
  return {draw_split(kClasses, "train", 0, 20000), draw_split(kClasses, "test", 20000, 4000)};
}

void draw_shape(std::int64_t number, int classes, std::span<std::uint8_t> pixels) {
  const Philox random(kSeed, Purpose::Shapes, static_cast<std::uint64_t>(number));
  const Scene scene = draw_scene(static_cast<int>(number % classes), classes, random);
  std::uint64_t block = kFirstNoiseBlock;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const double covered = coverage(scene, x, y);
      const double ramp = (scene.slope_x * (x - 15.5) + scene.slope_y * (y - 15.5)) / kSide;
      const double shade = ramp + (1.0 - covered) * blotch_at(scene, x, y);
      const Words4 noise = random.words(block++);
      for (int c = 0; c < 3; ++c) {
        const double paint = scene.ground[c] + covered * (scene.shape[c] - scene.ground[c]);
        const double grain = kNoise * (noise.w[c] * 0x1p-31 - 1.0);
        const double value = std::clamp(paint + shade + grain, 0.0, 1.0);
        // Never below 0; a call to round() takes longer than all else of a value.
        // NOLINTNEXTLINE(bugprone-incorrect-roundings)
        pixels[(c * kSide + y) * kSide + x] = static_cast<std::uint8_t>(255.0 * value + 0.5);
      }
    }
  }
}

}  // namespace zo
