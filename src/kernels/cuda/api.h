#pragma once
#include <cstdint>

/// What libzotrain_cuda.so offers: plain C functions, looked up at run time (library.h), so a
/// machine without CUDA needs nothing. Return value where it is not said: 0, or a cudaError_t.
extern "C" {

/// Number of usable GPUs; when none, writes the reason (NUL-terminated, at most `size` bytes) to
/// `why`.
int zo_cuda_device_count(char* why, int size);

/// Name, compute capability and memory of GPU `device` as one line of text.
int zo_cuda_describe(int device, char* text, int size);

/// Makes GPU `device` the one that the calling thread allocates and launches on.
int zo_cuda_use_device(int device);

/// Size of the L2 cache of GPU `device`.
std::int64_t zo_cuda_l2_bytes(int device);

/// Kernels of this library launched so far.
std::int64_t zo_cuda_launch_count();

/// Tables of launchers (src/delta/stacked/table.h): `float32` and `float64` point to a
/// StackedKernels<T, T>, `bf16` to a StackedKernels<float, Bf16>. They are filled in.
void zo_cuda_stacked_kernels(void* float32, void* bf16, void* float64);
}
