#pragma once
#include <cstdint>

/// What libzotrain_cuda.so offers: plain C functions, looked up at run time, so a machine without
/// CUDA needs nothing. Pointers marked "device" are GPU memory; `stream` is a cudaStream_t; nothing
/// synchronises unless it says so. Return value: 0, or a cudaError_t.
extern "C" {

/// Number of usable GPUs; when none, writes the reason (NUL-terminated, at most `size` bytes) to
/// `why`.
int zo_cuda_device_count(char* why, int size);

/// Name, compute capability and memory of GPU `device` as one line of text.
int zo_cuda_describe(int device, char* text, int size);

/// out[i] = rounded(theta[i] + scale · D(seed)_i), i < n: the perturbed point of a dense probe.
/// theta and out: device, float (is_double = 0) or double; law: 0 Gaussian, 1 Rademacher;
/// weights: device double of length n, or null.
int zo_cuda_perturb(const void* theta,
                    void* out,
                    std::int64_t n,
                    int is_double,
                    std::uint64_t seed,
                    double scale,
                    int law,
                    const double* weights,
                    void* stream);

/// losses[row] = −log softmax(logits[row])[labels[row]] in float64. logits: device [rows, classes],
/// float or double; labels: device int32; losses: device double [rows].
int zo_cuda_cross_entropy(const void* logits,
                          const std::int32_t* labels,
                          double* losses,
                          std::int64_t rows,
                          int classes,
                          int is_double,
                          void* stream);
}
