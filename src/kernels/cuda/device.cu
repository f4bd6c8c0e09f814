#include <cuda_runtime_api.h>

#include <cstdio>

#include "src/kernels/cuda/api.h"

extern "C" int zo_cuda_device_count(char* why, int size) {
  int count = 0, driver = 0, runtime = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess && count > 0) {
    cudaDeviceProp first{};
    const cudaError_t unknown = cudaGetDeviceProperties(&first, 0);
    if (unknown != cudaSuccess) {
      std::snprintf(why, size, "%s", cudaGetErrorString(unknown));
      return 0;
    }
    if (10 * first.major + first.minor >= ZO_OLDEST_ARCHITECTURE) return count;
    std::snprintf(why,
                  size,
                  "%s has compute capability %d.%d, and this build is for %d.%d and newer",
                  first.name,
                  first.major,
                  first.minor,
                  ZO_OLDEST_ARCHITECTURE / 10,
                  ZO_OLDEST_ARCHITECTURE % 10);
    return 0;
  }
  // Where there is no driver at all its version is 0, and the runtime calls it too old.
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  const bool old = error == cudaErrorInsufficientDriver && driver > 0;
  const bool none =
      error == cudaSuccess || error == cudaErrorNoDevice || error == cudaErrorInsufficientDriver;
  if (old) {
    std::snprintf(why,
                  size,
                  "the driver is made for CUDA %d.%d, older than %d.%d of this build: update it",
                  driver / 1000,
                  driver % 1000 / 10,
                  runtime / 1000,
                  runtime % 1000 / 10);
  } else if (none) {
    std::snprintf(
        why, size, "no NVIDIA device is visible: in Docker add --gpus all, in Slurm --gres=gpu:1");
  } else {
    std::snprintf(why, size, "%s", cudaGetErrorString(error));
  }
  return 0;
}

extern "C" std::int64_t zo_cuda_l2_bytes(int device) {
  cudaDeviceProp properties{};  // which a number that no GPU has leaves so
  cudaGetDeviceProperties(&properties, device);
  return properties.l2CacheSize;
}

extern "C" int zo_cuda_use_device(int device) { return cudaSetDevice(device); }

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
