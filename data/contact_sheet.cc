#include "data/contact_sheet.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

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
  Canvas canvas(columns * step_x + kGap, data.classes * step_y + kGap);
  std::vector<int> shown(static_cast<std::size_t>(data.classes), 0);
  for (std::int64_t i = 0; i < data.size(); ++i) {
    const int label = data.labels[static_cast<std::size_t>(i)];
    int& column = shown[static_cast<std::size_t>(label)];
    if (column == columns) continue;
    canvas.paint(data, i, kGap + column++ * step_x, kGap + label * step_y);
  }
  write_file_atomically(path, encode_png(canvas));
}

}  // namespace zo
