#pragma once
#include <algorithm>
#include <cstdint>

#include "src/delta/stacked/cuda/launch.h"
#include "src/delta/stacked/element.h"

namespace zo {

/// Threads a block: eight warps keep every supported generation occupied.
constexpr int kBlock = 256;
/// Most blocks along the second and third axis of a grid; where there is more to do, each takes several.
constexpr std::int64_t kMostRows = 65535;

template <class Work>
static __global__ void compute_each(Work work, std::int64_t size) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < size) work.compute(i);
}

template <class Work>
int launch_each(const Work& work) {
  const std::int64_t size = work.size();
  if (size == 0) return 0;
  const auto blocks = static_cast<unsigned>((size + kBlock - 1) / kBlock);
  return launch(Work::kName, &compute_each<Work>, blocks, kBlock, work, size);
}

/// A thread takes N pixels of one plane. Along x it counts through the channels of a picture, along y
/// through pictures, along z through probes: one division a thread.
template <int N, class Work>
static __global__ void __launch_bounds__(kBlock) compute_planes(Work work) {
  const Stack& planes = work.planes;
  const auto pixels = static_cast<Index>(planes.pixels);
  const Index first = (blockIdx.x * blockDim.x + threadIdx.x) * N;
  if (first >= static_cast<Index>(planes.channels) * pixels) return;
  const Index channel = first / pixels;
  Stack::Place at{0, 0, channel, first - channel * pixels};
  for (at.probe = blockIdx.z; at.probe < work.planes.probes; at.probe += gridDim.z) {
    at.picture = blockIdx.y * blockDim.y + threadIdx.y;
    for (; at.picture < planes.pictures; at.picture += gridDim.y * blockDim.y) {
      work.template compute<N>(at);
    }
  }
}

inline unsigned rows_of_grid(std::int64_t count, std::int64_t most) {
  return static_cast<unsigned>(std::min(count, most));
}

template <int N, class Work>
int launch_packs(const Work& work, std::int64_t most_rows) {
  const Stack& planes = work.planes;
  const int packs = (planes.channels * planes.pixels + N - 1) / N;
  int across = kBlock;
  while (across / 2 >= packs) across /= 2;
  const int pictures = kBlock / across;
  return launch(Work::kName,
                &compute_planes<N, Work>,
                dim3(static_cast<unsigned>((packs + across - 1) / across),
                     rows_of_grid((planes.pictures + pictures - 1) / pictures, most_rows),
                     rows_of_grid(planes.probes, most_rows)),
                dim3(static_cast<unsigned>(across), static_cast<unsigned>(pictures)),
                work);
}

template <class Work>
int launch_planes(const Work& work, std::int64_t most_rows = kMostRows) {
  if (work.planes.size() == 0) return 0;
  return work.packs(Work::kPack) ? launch_packs<Work::kPack>(work, most_rows)
                                 : launch_packs<1>(work, most_rows);
}

}  // namespace zo
