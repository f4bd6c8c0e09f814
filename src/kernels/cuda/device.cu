#include <cuda_runtime_api.h>

#include <cstdio>

#include "src/kernels/cuda/api.h"

extern "C" int zo_cuda_device_count(char* why, int size) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) {
    std::snprintf(why, size, "%s", cudaGetErrorString(error));
    return 0;
  }
  if (count == 0) std::snprintf(why, size, "the driver reports no device");
  return count;
}

extern "C" int zo_cuda_describe(int device, char* text, int size) {
  cudaDeviceProp properties{};
  const cudaError_t error = cudaGetDeviceProperties(&properties, device);
  if (error != cudaSuccess) return error;
  std::snprintf(text,
                size,
                "%s, compute capability %d.%d, %.1f GiB",
                properties.name,
                properties.major,
                properties.minor,
                static_cast<double>(properties.totalGlobalMem) / (1024.0 * 1024.0 * 1024.0));
  return 0;
}
