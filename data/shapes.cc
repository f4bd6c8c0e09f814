#include "data/shapes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "data/outlines.h"
#include "src/base/philox.h"

namespace zo {
namespace {

constexpr std::uint64_t kSeed = 20250706;  // part of the set's definition, not an option
constexpr int kSide = 32;
constexpr double kMiddle = 0.5 * kSide;
constexpr int kClasses = static_cast<int>(kOutlineNames.size());
constexpr std::uint64_t kFirstNoiseBlock = 1024;  // beyond the numbers that describe a scene
constexpr double kNoise = 0.08;                   // half width of the noise a pixel
constexpr int kBlotches = 5;                      // grid points of the ground's texture a side

using Colour = std::array<double, 3>;

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

Scene draw_scene(Outline outline, const Philox& random) {
  Draws draws(random);
  Scene scene;
  scene.outline = outline;
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

Dataset draw_split(const char* split, std::int64_t first, std::int64_t size) {
  Dataset data;
  data.name = "shapes";
  data.split = split;
  data.height = data.width = kSide;
  data.classes = kClasses;
  data.class_names.assign(kOutlineNames.begin(), kOutlineNames.end());
  data.mean = {0.293f, 0.293f, 0.293f};
  data.stddev = {0.218f, 0.218f, 0.218f};
  data.images.resize(static_cast<std::size_t>(size * data.pixels()));
  for (std::int64_t i = 0; i < size; ++i) {
    const auto begin = data.images.begin() + i * data.pixels();
    draw_shape(first + i, {begin, begin + data.pixels()});
    data.labels.push_back(static_cast<std::uint8_t>((first + i) % kClasses));
  }
  return data;
}

}  // namespace

DataSplits make_shapes() {
  return {draw_split("train", 0, 10000), draw_split("test", 10000, 2000)};
}

void draw_shape(std::int64_t number, std::span<std::uint8_t> pixels) {
  const Philox random(kSeed, Purpose::Shapes, static_cast<std::uint64_t>(number));
  const Scene scene = draw_scene(static_cast<Outline>(number % kClasses), random);
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
        pixels[(c * kSide + y) * kSide + x] = static_cast<std::uint8_t>(std::lround(255.0 * value));
      }
    }
  }
}

}  // namespace zo
