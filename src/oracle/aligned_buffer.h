#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

namespace zo {

/// Memory of at least the size asked for so far, aligned to a cache line and not initialised: a
/// wave allocates nothing once every buffer has met its largest use.
template <class T>
class AlignedBuffer {
 public:
  /// Makes room for `count` values; growing loses what was stored.
  T* ensure(std::int64_t count) {
    if (count > size_) {
      data_.reset(static_cast<T*>(
          ::operator new (static_cast<std::size_t>(count) * sizeof(T), std::align_val_t{kAlign})));
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
  static constexpr std::size_t kAlign = 64;
  struct Free {
    void operator()(T* data) const { ::operator delete (data, std::align_val_t{kAlign}); }
  };
  std::unique_ptr<T, Free> data_;
  std::int64_t size_ = 0;
};

}  // namespace zo
