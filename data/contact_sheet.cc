#include "data/contact_sheet.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>
// It has functions for callers of other kinds, too.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_easy_font.h>
#pragma GCC diagnostic pop

#include "src/base/atomic_file.h"
#include "src/base/error.h"

namespace zo {
namespace {

constexpr int kScale = 2;
constexpr int kGap = 4;  // pixels between pictures

/// An RGB picture, [height, width, 3], row-major, black at first.
struct Canvas {
  int width, height;
  std::vector<std::uint8_t> rgb;

  Canvas(int width, int height)
      : width(width), height(height), rgb(std::size_t{3} * width * height) {}

  void whiten(int x, int y) {
    if (x < 0 || x >= width || y < 0 || y >= height) return;
    for (int c = 0; c < 3; ++c) rgb[(std::size_t{1} * y * width + x) * 3 + c] = 255;
  }

  /// Paints picture `index` of `data` with its upper left corner at (left, top).
  void paint(const Dataset& data, std::int64_t index, int left, int top) {
    const std::uint8_t* picture = data.images.data() + index * data.pixels();
    for (int y = 0; y < kScale * data.height; ++y) {
      for (int x = 0; x < kScale * data.width; ++x) {
        for (int c = 0; c < 3; ++c) {
          rgb[(std::size_t{1} * (top + y) * width + left + x) * 3 + c] =
              picture[(c * data.height + y / kScale) * data.width + x / kScale];
        }
      }
    }
  }
};

/// Letters as rectangles: their left upper and right lower corners.
struct Corner {
  float x, y, z;
  std::uint8_t colour[4];
};
using Quad = std::array<Corner, 4>;

std::vector<Quad> lettering(std::string text) {
  // The letters that this font has.
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  constexpr std::size_t kMost = 40;  // rectangles a letter; it takes some 270 bytes of corners
  std::vector<Quad> quads(kMost * text.size() + 1);
  const int used = stb_easy_font_print(
      0, 0, text.data(), nullptr, quads.data(), static_cast<int>(quads.size() * sizeof(Quad)));
  quads.resize(used);
  return quads;
}

/// White letters at twice their size, from (left, top) on.
void write_text(Canvas& canvas, const std::string& text, int left, int top) {
  for (const Quad& quad : lettering(text)) {
    const auto pixel = [](float value) { return static_cast<int>(kScale * value); };
    for (int y = pixel(quad[0].y); y < pixel(quad[2].y); ++y) {
      for (int x = pixel(quad[0].x); x < pixel(quad[2].x); ++x) canvas.whiten(left + x, top + y);
    }
  }
}

/// Pixels to the left of the pictures.
int margin_for(const std::vector<std::string>& names) {
  float widest = 0.0F;
  for (const std::string& name : names) {
    for (const Quad& quad : lettering(name)) widest = std::max(widest, quad[2].x);
  }
  return names.empty() ? 0 : static_cast<int>(kScale * widest) + 2 * kGap;
}

std::string encode_png(const Canvas& canvas) {
  std::string png;
  const auto append = [](void* to, void* bytes, int size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(bytes),
                                          static_cast<std::size_t>(size));
  };
  stbi_write_png_to_func(
      append, &png, canvas.width, canvas.height, 3, canvas.rgb.data(), 3 * canvas.width);
  return png;
}

}  // namespace

void write_contact_sheet(const Dataset& data, int columns, const std::string& path) {
  if (columns < 1) fail_usage("contact sheet: {} pictures a class; must be at least 1", columns);
  if (data.channels != 3) {
    fail_usage("contact sheet: {} has {} channels; must be 3", data.name, data.channels);
  }
  const int step_x = kScale * data.width + kGap, step_y = kScale * data.height + kGap;
  const int margin = margin_for(data.class_names);
  Canvas canvas(margin + columns * step_x + kGap, data.classes * step_y + kGap);
  constexpr int kLetter = 7;  // pixels, in height
  for (int i = 0; i < static_cast<int>(data.class_names.size()); ++i) {
    const int middle = kGap + i * step_y + kScale * data.height / 2;
    write_text(canvas, data.class_names[i], kGap, middle - kScale * kLetter / 2);
  }
  std::vector<int> shown(static_cast<std::size_t>(data.classes), 0);
  for (std::int64_t i = 0; i < data.size(); ++i) {
    const int label = data.labels[static_cast<std::size_t>(i)];
    int& column = shown[static_cast<std::size_t>(label)];
    if (column == columns) continue;
    canvas.paint(data, i, margin + kGap + column++ * step_x, kGap + label * step_y);
  }
  write_file_atomically(path, encode_png(canvas));
}

}  // namespace zo
