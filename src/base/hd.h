#pragma once
/// Marks a function of plain values that the CPU launchers and the CUDA kernels share: the same
/// body is compiled for both, so the CPU test is the test of the formula on either device.
#ifdef __CUDACC__
#define ZO_HD __host__ __device__
#else
#define ZO_HD
#endif
