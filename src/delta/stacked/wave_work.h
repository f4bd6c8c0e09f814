#pragma once
#include <cstdint>

#include "src/delta/stacked/element.h"
#include "src/delta/stacked/norm_work.h"
#include "src/kernels/layer_formulas.h"

/// The steps of a wave of probes, written as those of base_work.h. T: arithmetic; S: how
/// differences are kept.
namespace zo {

/// A 3x3 convolution's planes. A linear layer's weight is the centre tap of one pixel.
struct MapShape {
  int in_height = 1, in_width = 1, out_height = 1, out_width = 1, stride = 1;

  ZO_HD int out_pixels() const { return out_height * out_width; }
  ZO_HD int in_pixels() const { return in_height * in_width; }
  /// The input pixel that `tap` of output pixel `pixel` reads, or −1 outside the picture.
  ZO_HD int input(int pixel, int tap) const {
    const int row = pixel / out_width * stride + tap / 3 - 1;
    const int column = pixel % out_width * stride + tap % 3 - 1;
    const bool inside = row >= 0 && row < in_height && column >= 0 && column < in_width;
    return inside ? row * in_width + column : -1;
  }
};

/// One edited weight: delta · (x + dx) through its tap, where x and dx are the planes of the first
/// picture, as elements of their arrays. dx = −1: that input does not change. x = −1: a bias.
struct PlaneEdit {
  std::int64_t x = 0, dx = -1;
  int tap = 4;
  double delta = 0.0;
};

/// The edits [first, last) of one output channel of one probe, whose plane for the first picture
/// begins at element y.
struct EditTarget {
  std::int64_t y = 0;
  int first = 0, last = 0;
};

/// Adds edits of a layer's own weights to the change of its pre-activation.
template <class T, class S>
struct AddEdits {
  static constexpr const char* kName = "AddEdits";
  std::int64_t targets = 0, pictures = 0;
  MapShape shape;
  const EditTarget* target = nullptr;
  const PlaneEdit* edits = nullptr;
  const T* x = nullptr;
  const S* dx = nullptr;
  S* dy = nullptr;
  std::int64_t x_step = 0, dx_step = 0, dy_step = 0;  // from a picture to the next

  ZO_HD std::int64_t size() const { return targets * pictures * shape.out_pixels(); }
  ZO_HD void compute(std::int64_t i) const {
    const auto pixels = static_cast<Index>(shape.out_pixels());
    const auto pixel = static_cast<int>(static_cast<Index>(i) % pixels);
    const Index plane = static_cast<Index>(i) / pixels;
    const std::int64_t picture = plane % static_cast<Index>(pictures);
    const EditTarget& t = target[plane / static_cast<Index>(pictures)];
    S* at = dy + t.y + picture * dy_step + pixel;
    T sum = widened<T>(*at);
    for (int k = t.first; k < t.last; ++k) {
      const PlaneEdit& edit = edits[k];
      const T delta = static_cast<T>(edit.delta);
      if (edit.x < 0) {
        sum += delta;
        continue;
      }
      const int from = shape.input(pixel, edit.tap);
      if (from < 0) continue;
      T input = x[edit.x + picture * x_step + from];
      if (edit.dx >= 0) input += widened<T>(dx[edit.dx + picture * dx_step + from]);
      sum += delta * input;
    }
    keep(sum, at);
  }
};

/// The layer behind the entry: dy [probes, pictures, channels, out_pixels] = the map of the few
/// input channels that changed. Change j of [changes, pictures, in_pixels] is input channel
/// channel_of[j]; those of probe p are first_change[p] … first_change[p + 1] − 1.
template <class T, class S>
struct SpreadChannels {
  static constexpr const char* kName = "SpreadChannels";
  std::int64_t probes = 0, pictures = 0;
  int channels = 0, in_channels = 0, taps = 9;  // 9, or a linear layer's input pixels
  bool linear = false;
  MapShape shape;
  const int* first_change = nullptr;
  const int* channel_of = nullptr;
  const S* change = nullptr;
  const T* weight = nullptr;  // [channels, in_channels, taps]
  S* dy = nullptr;

  ZO_HD std::int64_t size() const { return probes * pictures * channels * shape.out_pixels(); }
  /// Those of an output channel for change j.
  ZO_HD const T* weights(int channel, int j) const {
    return weight + (static_cast<std::int64_t>(channel) * in_channels + channel_of[j]) * taps;
  }
  ZO_HD void compute(std::int64_t i) const {
    const StackElement e({probes, pictures, channels, channels, shape.out_pixels(), nullptr}, i);
    const int in_pixels = linear ? taps : shape.in_pixels();
    T sum = T(0);
    for (int j = first_change[e.probe]; j < first_change[e.probe + 1]; ++j) {
      const T* w = weights(static_cast<int>(e.channel), j);
      const S* x = change + (j * pictures + e.picture) * in_pixels;
      for (int tap = 0; tap < taps; ++tap) {
        const int from = linear ? tap : shape.input(static_cast<int>(e.pixel), tap);
        if (from >= 0) sum += w[tap] * widened<T>(x[from]);
      }
    }
    keep(sum, dy + i);
  }
};

/// The change of an activation from that of its pre-activation, in place, with what a shortcut that
/// changed adds to it.
template <class T, class S>
struct ActivateChange {
  static constexpr const char* kName = "ActivateChange";
  static constexpr int kPack = 16 / sizeof(S);
  Stack planes;
  S* dy = nullptr;
  const T* centred = nullptr;
  const T* z = nullptr;
  const ChannelChange<T>* changes = nullptr;  // [probes, channels]
  Shortcut<S> shortcut;
  bool relu = false;

  ZO_HD bool packs(int n) const { return planes.pixels % n == 0 && shortcut.packs(n); }
  template <int N>
  ZO_HD void compute(const Stack::Place& at) const {
    const Index i = planes.element(at), base = planes.base_element(at);
    const ChannelChange<T> change =
        changes[at.probe * static_cast<Index>(planes.channels) + at.channel];
    const Pack<T, N> c = read_pack<N>(centred + base), before = read_pack<N>(z + base);
    const Pack<S, N> skip = shortcut.template read<N>(
        at.probe * static_cast<Index>(planes.pictures) + at.picture, at.channel, at.pixel);
    Pack<S, N> d = read_pack<N>(dy + i);
    for (int k = 0; k < N; ++k) {
      const T dz =
          normalised_difference<T>(
              change.slope, widened<T>(d.value[k]), change.base, c.value[k], change.constant) +
          widened<T>(skip.value[k]);
      keep(relu ? relu_difference(before.value[k], dz) : dz, &d.value[k]);
    }
    write_pack<N>(d, dy + i);
  }
};

/// Changes of few channels as one of all channels, the others zero: for a shortcut that begins at
/// the entry. Numbers as in SpreadChannels.
template <class S>
struct ScatterChannels {
  static constexpr const char* kName = "ScatterChannels";
  Stack planes;  // of `out`
  const int* first_change = nullptr;
  const int* channel_of = nullptr;
  const S* change = nullptr;
  S* out = nullptr;  // zero

  ZO_HD std::int64_t size() const { return planes.size(); }
  ZO_HD void compute(std::int64_t i) const {
    const StackElement e(planes, i);
    for (int j = first_change[e.probe]; j < first_change[e.probe + 1]; ++j) {
      if (channel_of[j] != static_cast<int>(e.channel)) continue;
      out[i] = change[(j * planes.pictures + e.picture) * planes.pixels + e.pixel];
    }
  }
};

/// How 2x2 maxima of a base activation change when da is added to it. Odd last rows and columns
/// fall away.
template <class T, class S>
struct MaxPoolChange {
  static constexpr const char* kName = "MaxPoolChange";
  Stack planes;  // of da
  int height = 0, width = 0;
  const T* before = nullptr;
  const S* da = nullptr;
  S* out = nullptr;

  ZO_HD int out_pixels() const { return (height / 2) * (width / 2); }
  ZO_HD std::int64_t size() const {
    return planes.probes * planes.pictures * planes.channels * out_pixels();
  }
  ZO_HD void compute(std::int64_t i) const {
    const Index plane = static_cast<Index>(i) / static_cast<Index>(out_pixels());
    const Index pixel = static_cast<Index>(i) % static_cast<Index>(out_pixels());
    const auto columns = static_cast<Index>(width / 2);
    const std::int64_t row = pixel / columns, column = pixel % columns;
    const std::int64_t corner = 2 * (row * width + column);
    const std::int64_t first = static_cast<std::int64_t>(plane) * planes.pixels;
    const std::int64_t base = StackElement(planes, first).base;
    T window[4], change[4];
    for (int k = 0; k < 4; ++k) {
      const std::int64_t at = corner + std::int64_t{k / 2} * width + k % 2;
      window[k] = before[base + at];
      change[k] = widened<T>(da[first + at]);
    }
    keep(pooled_difference<T>(window, change), out + i);
  }
};

}  // namespace zo
