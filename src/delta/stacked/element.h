#pragma once
#include <cstdint>

#include "src/base/hd.h"
#include "src/kernels/bf16.h"

namespace zo {

/// A kept difference as a number of arithmetic type T, and back. Differences are kept as T itself
/// or, with T = float, as Bf16.
template <class T>
ZO_HD inline T widened(T value) {
  return value;
}
template <class T>
ZO_HD inline T widened(Bf16 value) {
  return static_cast<T>(to_float(value));
}
template <class T>
ZO_HD inline void keep(T value, T* to) {
  *to = value;
}
ZO_HD inline void keep(float value, Bf16* to) { *to = to_bf16(value); }

/// Element numbers fit 32 bits (the stacked oracle sees to it), where a GPU divides much faster.
using Index = std::uint32_t;

/// An array of planes [probes, pictures, channels, pixels], row-major, beside one of the base point
/// [pictures, base_channels, pixels]. Where a probe changes few channels, each of them is a "probe"
/// of one channel, and channel_of[probe] says which of the base's it is; null: all channels.
struct Stack {
  std::int64_t probes = 0, pictures = 0;
  int channels = 0, base_channels = 0, pixels = 0;
  const int* channel_of = nullptr;

  ZO_HD std::int64_t size() const { return probes * pictures * channels * pixels; }
  ZO_HD int base_channel(std::int64_t probe, int channel) const {
    return channel_of != nullptr ? channel_of[probe] : channel;
  }
};

/// Where element `i` of a stack stands.
struct StackElement {
  Index probe, picture, channel, pixel;  // `channel` of the stack
  int base_channel;
  std::int64_t base;  // the element of the base point beside it

  ZO_HD StackElement(const Stack& s, std::int64_t i) {
    Index rest = static_cast<Index>(i);
    pixel = rest % static_cast<Index>(s.pixels);
    rest /= static_cast<Index>(s.pixels);
    channel = rest % static_cast<Index>(s.channels);
    rest /= static_cast<Index>(s.channels);
    picture = rest % static_cast<Index>(s.pictures);
    probe = rest / static_cast<Index>(s.pictures);
    base_channel = s.base_channel(probe, static_cast<int>(channel));
    base = (static_cast<std::int64_t>(picture) * s.base_channels + base_channel) * s.pixels + pixel;
  }
};

/// A sum of two numbers an item.
struct TwoSums {
  double first = 0.0, second = 0.0;
};

}  // namespace zo
