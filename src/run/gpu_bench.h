#pragma once
#include <cstdint>
#include <functional>

#include "src/network/network_oracle.h"

namespace zo {

/// What a GPU does at most, measured through LibTorch: copies of large arrays, read and written, and
/// products of large square matrices (two operations a multiply-add).
struct GpuRoofs {
  double gbytes = 0.0;   // GB/s
  double float32 = 0.0;  // GFLOP/s, without TF32
  double bf16 = 0.0;     // GFLOP/s on tensor cores
};
/// How they are measured: about `seconds` a figure, matrices of side² and arrays of float32 numbers
/// beyond any cache.
struct RoofSizes {
  double seconds = 1.0;
  std::int64_t side = 4096, numbers = std::int64_t{1} << 26;
};
/// `device` may be the CPU, to be tested there.
GpuRoofs measure_roofs(Device device, const RoofSizes& sizes);

/// What a call handed to the device.
struct Launches {
  std::int64_t own = 0;        // kernels of libzotrain_cuda.so
  std::int64_t operators = 0;  // LibTorch's convolutions, products, fills, copies and poolings
};
/// Counts while `call` runs on this thread.
Launches count_launches(const std::function<void()>& call);

/// Bytes that a probe's differences move on a GPU a value that changes: written by the linear map,
/// read for the moments, read and written by the activation, read by the next map. The base's own
/// numbers, which all probes of a wave share, are left out.
inline double bytes_moved(double values, int bytes_a_value) { return 5.0 * values * bytes_a_value; }

}  // namespace zo
