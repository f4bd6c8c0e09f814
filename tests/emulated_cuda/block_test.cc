// The emulated GPU itself: what it runs, in which order, and what it refuses.
#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace zo::testing {
namespace {

using Numbers = std::vector<unsigned>;

cudaError_t start(void (*kernel)(Numbers*), dim3 grid, dim3 block, Numbers& out) {
  cudaLaunchConfig_t config;
  config.gridDim = grid;
  config.blockDim = block;
  return cudaLaunchKernelEx(&config, kernel, &out);
}

void own_number(Numbers* out) {
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  out->push_back(block * blockDim.x * blockDim.y * blockDim.z + thread);
}

void two_barriers(Numbers* out) {
  out->push_back(threadIdx.x);
  __syncthreads();
  out->push_back(10 + threadIdx.x);
  __syncthreads();
  out->push_back(20 + threadIdx.x);
}

void barrier_of_some(Numbers* /*out*/) {
  if (threadIdx.x != 1) __syncthreads();
}

void barrier_of_the_long_loops(Numbers* /*out*/) {
  for (unsigned i = 0; i < 1 + threadIdx.x; ++i) __syncthreads();
}

void throws(Numbers* out) {
  out->push_back(threadIdx.x);
  __syncthreads();
  if (threadIdx.x == 1) throw std::runtime_error("thread 1");
}

TEST(EmulatedCuda, RunsEveryThreadOfEveryBlockOnceInOrder) {
  Numbers out, expected;
  ASSERT_EQ(start(own_number, {3, 2, 2}, {4, 2, 3}, out), cudaSuccess);
  for (unsigned i = 0; i < 3 * 2 * 2 * 4 * 2 * 3; ++i) expected.push_back(i);
  EXPECT_EQ(out, expected);
}

TEST(EmulatedCuda, ThreadsWaitForEachOtherAtBarriers) {
  Numbers out;
  ASSERT_EQ(start(two_barriers, 1, 3, out), cudaSuccess);
  EXPECT_EQ(out, (Numbers{0, 1, 2, 10, 11, 12, 20, 21, 22}));
  out.clear();
  EmulatedBlock::descend(true);
  ASSERT_EQ(start(two_barriers, 1, 3, out), cudaSuccess);
  EmulatedBlock::descend(false);
  EXPECT_EQ(out, (Numbers{2, 1, 0, 12, 11, 10, 22, 21, 20}));
}

TEST(EmulatedCuda, BarriersThatNotAllThreadsReachAreErrors) {
  Numbers out;
  EXPECT_THROW(start(barrier_of_some, 1, 3, out), std::logic_error);
  EXPECT_THROW(start(barrier_of_the_long_loops, 1, 3, out), std::logic_error);
  // Nothing is left behind.
  ASSERT_EQ(start(two_barriers, 1, 2, out), cudaSuccess);
  EXPECT_EQ(out, (Numbers{0, 1, 10, 11, 20, 21}));
}

TEST(EmulatedCuda, WhatAThreadThrowsReachesWhoLaunched) {
  Numbers out;
  EXPECT_THROW(start(throws, 2, 3, out), std::runtime_error);
  EXPECT_EQ(out, (Numbers{0, 1, 2}));
  ASSERT_EQ(start(two_barriers, 1, 1, out), cudaSuccess);
}

TEST(EmulatedCuda, RefusesWhatAGpuRefuses) {
  Numbers out;
  for (const dim3 grid : {dim3(0), dim3(1, 0), dim3(1, 1, 0), dim3(0x80000000), dim3(1, 65536)}) {
    EXPECT_EQ(start(own_number, grid, 1, out), cudaErrorInvalidConfiguration) << grid.x;
  }
  for (const dim3 block : {dim3(0), dim3(1025), dim3(32, 33), dim3(1, 1, 65)}) {
    EXPECT_EQ(start(own_number, 1, block, out), cudaErrorInvalidConfiguration) << block.x;
  }
  EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace zo::testing
