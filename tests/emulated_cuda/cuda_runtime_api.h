#pragma once
// The part of CUDA's runtime that tells of devices: what it tells is set by a test.
#include <cstddef>
#include <cstdio>

using cudaError_t = int;
constexpr cudaError_t cudaSuccess = 0, cudaErrorInvalidConfiguration = 9,
                      cudaErrorInsufficientDriver = 35, cudaErrorNoDevice = 100,
                      cudaErrorInvalidDevice = 101, cudaErrorUnknown = 999;

namespace zo::testing {

struct EmulatedDevices {
  cudaError_t error = cudaSuccess;
  int count = 0, driver = 0, runtime = 13000, major = 9, current = 0;
};
inline EmulatedDevices emulated_devices;

}  // namespace zo::testing

struct cudaDeviceProp {
  char name[256];
  int major, minor;
  std::size_t totalGlobalMem;
  int l2CacheSize;
};

inline cudaError_t cudaSetDevice(int device) {
  if (device >= zo::testing::emulated_devices.count) return cudaErrorInvalidDevice;
  zo::testing::emulated_devices.current = device;
  return cudaSuccess;
}
inline const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaErrorInvalidConfiguration ? "invalid configuration argument"
         : error == cudaErrorUnknown            ? "unknown error"
                                                : "no error";
}
inline cudaError_t cudaGetDeviceCount(int* count) {
  *count = zo::testing::emulated_devices.count;
  return zo::testing::emulated_devices.error;
}
inline cudaError_t cudaDriverGetVersion(int* version) {
  *version = zo::testing::emulated_devices.driver;
  return cudaSuccess;
}
inline cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = zo::testing::emulated_devices.runtime;
  return cudaSuccess;
}
inline cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (device >= zo::testing::emulated_devices.count) return cudaErrorUnknown;
  std::snprintf(properties->name, sizeof properties->name, "Emulated %d", device);
  properties->major = zo::testing::emulated_devices.major;
  properties->minor = 0;
  properties->l2CacheSize = 40 << 20;
  properties->totalGlobalMem = std::size_t{3} << 29;
  return cudaSuccess;
}
