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

/// N neighbouring numbers, read or written at one go where they take 16 bytes.
template <class V, int N>
struct alignas(N * sizeof(V) < 16 ? N * sizeof(V) : 16) Pack {
  V value[N];
};
/// `at` is a multiple of N elements from the beginning of an array that LibTorch aligns.
template <int N, class V>
ZO_HD inline Pack<V, N> read_pack(const V* at) {
  return *reinterpret_cast<const Pack<V, N>*>(at);
}
template <int N, class V>
ZO_HD inline void write_pack(const Pack<V, N>& pack, V* at) {
  *reinterpret_cast<Pack<V, N>*>(at) = pack;
}

/// Element numbers fit 32 bits (the stacked oracle sees to it), where a GPU divides much faster.
using Index = std::uint32_t;

/// An array of planes [probes, pictures, channels, pixels], row-major, beside one of the base point
/// [pictures, base_channels, pixels]. Where a probe changes few channels, each of them is a "probe"
/// of one channel, and channel_of[probe] says which of the base's it is; null: all channels.
struct Stack {
  std::int64_t probes = 0, pictures = 0;
  int channels = 0, base_channels = 0, pixels = 0;
  const int* channel_of = nullptr;

  /// Where N pixels of one plane begin.
  struct Place {
    Index probe, picture, channel, pixel;
  };
  ZO_HD Index element(const Place& at) const {
    return ((at.probe * static_cast<Index>(pictures) + at.picture) * static_cast<Index>(channels) +
            at.channel) *
               static_cast<Index>(pixels) +
           at.pixel;
  }
  /// The element of the base point beside it.
  ZO_HD Index base_element(const Place& at) const {
    return (at.picture * static_cast<Index>(base_channels) +
            static_cast<Index>(base_channel(at.probe, static_cast<int>(at.channel)))) *
               static_cast<Index>(pixels) +
           at.pixel;
  }

  ZO_HD std::int64_t size() const { return probes * pictures * channels * pixels; }
  ZO_HD int base_channel(std::int64_t probe, int channel) const {
    return channel_of != nullptr ? channel_of[probe] : channel;
  }
};

/// What a shortcut adds to planes of `out_width` columns: numbers of [probes · pictures, channels,
/// height, width] from channel `before` on, of every stride-th row and column; null: none.
template <class V>
struct Shortcut {
  const V* from = nullptr;
  int out_width = 1, channels = 0, before = 0, stride = 1, height = 1, width = 1;

  ZO_HD bool packs(int n) const { return from == nullptr || out_width % n == 0; }
  template <int N>
  ZO_HD Pack<V, N> read(Index picture, Index channel, Index pixel) const {
    Pack<V, N> out{};
    const int own = static_cast<int>(channel) - before;
    if (from == nullptr || own < 0 || own >= channels) return out;
    const Index plane =
        (picture * static_cast<Index>(channels) + own) * static_cast<Index>(height * width);
    // A plane like that which it is added to.
    if (stride == 1) return read_pack<N>(from + plane + pixel);
    const Index row = pixel / static_cast<Index>(out_width);
    const Index column = pixel - row * static_cast<Index>(out_width);
    const V* at =
        from + plane + (row * static_cast<Index>(width) + column) * static_cast<Index>(stride);
    for (int k = 0; k < N; ++k) out.value[k] = at[std::int64_t{k} * stride];
    return out;
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

  ZO_HD void operator+=(const TwoSums& more) {
    first += more.first;
    second += more.second;
  }
};

/// Sums over the pictures of a batch and the pixels of a plane are taken slice by slice, each of some
/// 8,192 numbers. How depends on nothing but the shape, or losses would depend on what else is summed.
struct Slices {
  std::int64_t pictures = 0;  // of a slice, at least 1
  int count = 0;

  ZO_HD static Slices of(std::int64_t pictures, int pixels) {
    const std::int64_t most = pixels < 8192 ? 8192 / pixels : 1;
    return {most, static_cast<int>((pictures + most - 1) / most)};
  }
};

}  // namespace zo
