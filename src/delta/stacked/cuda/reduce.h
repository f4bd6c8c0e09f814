#pragma once
#include <cstdint>

#include "src/delta/stacked/cuda/elements.h"

namespace zo {

/// A block a slice of a group. Every thread adds its numbers in order, then a tree of fixed shape adds
/// the threads: the sums depend on nothing but the numbers. A group of which nothing is summed is done
/// at once.
template <int N, class Work>
static __global__ void __launch_bounds__(kBlock)
    reduce_slices(Work work, std::int64_t pictures, int pixels, Slices slices) {
  __shared__ TwoSums shared[kBlock];
  const std::int64_t group = blockIdx.x;
  const Index thread = threadIdx.x;
  if (!work.sums(group)) {
    if (slices.count == 1 && thread == 0) work.finish(group, {});
    return;
  }
  const Index packs = pixels / N, begin = blockIdx.y * static_cast<Index>(slices.pictures);
  const Index rest = static_cast<Index>(pictures) - begin;
  const Index end = begin + (rest < slices.pictures ? rest : static_cast<Index>(slices.pictures));
  // Pack `pack` of picture `picture`, and how far kBlock packs take both: no division a step.
  const Index far_pictures = kBlock / packs, far_packs = kBlock - far_pictures * packs;
  Index picture = begin + thread / packs, pack = thread % packs;
  TwoSums sums;
  while (picture < end) {
    sums += work.template add<N>(group, picture, pack * N);
    picture += far_pictures;
    pack += far_packs;
    if (pack >= packs) {
      pack -= packs;
      ++picture;
    }
  }
  shared[thread] = sums;
  for (Index half = kBlock / 2; half > 0; half /= 2) {
    __syncthreads();
    if (thread < half) shared[thread] += shared[thread + half];
  }
  if (thread != 0) return;
  if (slices.count == 1) {
    work.finish(group, shared[0]);
  } else {
    work.slices()[group * slices.count + blockIdx.y] = shared[0];
  }
}

/// A thread a group: adds its slices in order.
template <class Work>
static __global__ void finish_groups(Work work, int slices) {
  const std::int64_t group = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (group >= work.groups()) return;
  TwoSums sums;
  for (int slice = 0; slice < slices && work.sums(group); ++slice)
    sums += work.slices()[group * slices + slice];
  work.finish(group, sums);
}

template <class Work>
int launch_reduction(const Work& work) {
  const std::int64_t groups = work.groups(), pictures = work.pictures();
  if (groups == 0) return 0;
  const int pixels = work.pixels();
  const Slices slices = Slices::of(pictures, pixels);
  auto* kernel =
      pixels % Work::kPack == 0 ? &reduce_slices<Work::kPack, Work> : &reduce_slices<1, Work>;
  const dim3 grid(static_cast<unsigned>(groups), static_cast<unsigned>(slices.count));
  const int error = launch(Work::kName, kernel, grid, kBlock, work, pictures, pixels, slices);
  if (error != 0 || slices.count == 1) return error;
  const auto blocks = static_cast<unsigned>((groups + kBlock - 1) / kBlock);
  return launch(Work::kName, &finish_groups<Work>, blocks, kBlock, work, slices.count);
}

}  // namespace zo
