#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/network.h"
#include "src/delta/plan.h"

namespace zo {

/// Operations, two a multiply-add, that plain sums need for `rows` rows of the output of the
/// convolution `unit`, for `pictures` pictures.
double conv_operations(const DeltaUnit& unit, std::int64_t pictures, int rows);

/// Speed of 3x3 convolutions in float32 of one shape on all threads, the data in the cores' caches,
/// in GFLOP/s (two operations a multiply-add).
struct ConvSpeed {
  std::string shape;      // "64x8x8 -> 64"
  double direct = 0.0;    // our plain sums of products
  double library = 0.0;   // LibTorch's (oneDNN)
  double winograd = 0.0;  // ours by F(4x4, 3x3), its multiply-adds counted as the plain sum's
  double bf16 = 0.0;      // our plain sums of products in bf16, 0 where the processor has none
};

/// The yardstick that needed multiply-adds are held against.
struct ConvPeak {
  std::vector<ConvSpeed> shapes;
  /// Best plain convolution in float32, ours or the library's, over all shapes: what a processor
  /// can do without saving products or digits.
  double gflops() const;
};

/// Measures every stride-1 convolution shape of `network` whose input has more than 3 channels,
/// about `seconds` in all.
ConvPeak measure_conv_peak(const Network& network, int threads, double seconds = 1.0);

}  // namespace zo
