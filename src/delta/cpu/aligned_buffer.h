#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace zo {

/// Memory of at least the size asked for so far, aligned to a cache line and not initialised: a
/// wave allocates nothing once every buffer has met its largest use.
template <class T>
class AlignedBuffer {
 public:
  /// Makes room for `count` values; growing loses what was stored.
  T* ensure(std::int64_t count) {
    if (count > size_) {
      data_.reset();
      data_.reset(allocate(static_cast<std::size_t>(count) * sizeof(T)));
      size_ = count;
    }
    return data_.get();
  }
  T* zeros(std::int64_t count) {
    ensure(count);
    std::memset(static_cast<void*>(data()), 0, static_cast<std::size_t>(count) * sizeof(T));
    return data();
  }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::int64_t size() const { return size_; }

 private:
  static constexpr std::size_t kLine = 64, kHugePage = std::size_t{2} << 20;
  struct Free {
    void operator()(T* data) const { std::free(data); }
  };

  static T* allocate(std::size_t bytes) {
    const std::size_t align = bytes < kHugePage ? kLine : kHugePage;
    const std::size_t size = (bytes + align - 1) / align * align;
    void* data = std::aligned_alloc(align, size);
    if (data == nullptr) throw std::bad_alloc();
#ifdef __linux__
    // Planes are read in many short runs; with small pages every run would begin with a walk
    // through the page tables. Only advice: it may fail.
    if (align == kHugePage) madvise(data, size, MADV_HUGEPAGE);
#endif
    return static_cast<T*>(data);
  }

  std::unique_ptr<T, Free> data_;
  std::int64_t size_ = 0;
};

}  // namespace zo
