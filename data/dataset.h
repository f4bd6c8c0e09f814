#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace zo {

/// Labelled colour pictures, as they come from disk: uint8, [size, channels, height, width],
/// row-major.
struct Dataset {
  std::string name;   // as --data has it
  std::string split;  // "train" or "test"
  int channels = 3, height = 32, width = 32;
  int classes = 0;
  std::vector<std::string> class_names;
  std::vector<std::uint8_t> images;
  std::vector<std::uint8_t> labels;  // 0 … classes − 1
  // Normalisation x = (pixel/255 − mean) / stddev a channel (methods.md 2.4 for CIFAR-10).
  std::array<float, 3> mean{}, stddev{};

  std::int64_t size() const { return static_cast<std::int64_t>(labels.size()); }
  std::int64_t pixels() const { return std::int64_t{channels} * height * width; }
};

struct DataSplits {
  Dataset train, test;
};

}  // namespace zo
