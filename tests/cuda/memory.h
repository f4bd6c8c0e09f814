#pragma once
// Drawn numbers in the memory of a device.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>
#include <vector>

#include "src/kernels/bf16.h"

namespace zo {

/// Arrays that kernels work on: on the CPU, or on the GPU through the CUDA runtime.
class Memory {
 public:
  explicit Memory(void* runtime) : runtime_(runtime) {}
  template <class T>
  T* put(const std::vector<T>& values) {
    const std::size_t bytes = values.size() * sizeof(T);
    if (runtime_ == nullptr) {
      arrays_.push_back(std::make_shared<std::vector<char>>(bytes));
      std::memcpy(arrays_.back()->data(), values.data(), bytes);
      return reinterpret_cast<T*>(arrays_.back()->data());
    }
    void* memory = nullptr;  // freed with the process
    EXPECT_EQ(call<int(void**, std::size_t)>("cudaMalloc")(&memory, bytes), 0);
    EXPECT_EQ(copy(memory, values.data(), bytes, 1), 0);
    return static_cast<T*>(memory);
  }
  template <class T>
  std::vector<T> get(const T* memory, std::size_t size) {
    std::vector<T> values(size);
    if (runtime_ == nullptr) {
      std::memcpy(values.data(), memory, size * sizeof(T));
    } else {
      EXPECT_EQ(copy(values.data(), memory, size * sizeof(T), 2), 0);
    }
    return values;
  }

 private:
  template <class Function>
  Function* call(const char* name) {
    auto* found = reinterpret_cast<Function*>(dlsym(runtime_, name));
    EXPECT_NE(found, nullptr) << name;
    return found;
  }
  int copy(void* to, const void* from, std::size_t bytes, int kind) {
    return call<int(void*, const void*, std::size_t, int)>("cudaMemcpy")(to, from, bytes, kind);
  }

  void* runtime_;
  std::vector<std::shared_ptr<std::vector<char>>> arrays_;
};

inline double number(double value) { return value; }
inline double number(float value) { return static_cast<double>(value); }
inline double number(Bf16 value) { return static_cast<double>(to_float(value)); }

/// `size` numbers around `middle`, at most `width` away, kept as V.
template <class V>
std::vector<V> drawn(std::int64_t size, double phase, double width = 1.0, double middle = 0.0) {
  std::vector<V> values(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double wave = std::sin(phase + 1.7 * static_cast<double>(i) + 0.3 * phase * phase);
    const double value = middle + width * wave;
    if constexpr (std::is_same_v<V, Bf16>) {
      values[i] = to_bf16(static_cast<float>(value));
    } else {
      values[i] = static_cast<V>(value);
    }
  }
  return values;
}

}  // namespace zo
