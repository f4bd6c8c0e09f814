#pragma once
#include <cstdint>

#include "src/delta/stacked/element.h"
#include "src/kernels/delta_norm.h"
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
  ZO_HD void compute(std::int64_t i) const {
    const StackElement e({probes, pictures, channels, channels, shape.out_pixels(), nullptr}, i);
    const int in_pixels = linear ? taps : shape.in_pixels();
    T sum = T(0);
    for (int j = first_change[e.probe]; j < first_change[e.probe + 1]; ++j) {
      const T* w =
          weight + (static_cast<std::int64_t>(e.channel) * in_channels + channel_of[j]) * taps;
      const S* x = change + (j * pictures + e.picture) * in_pixels;
      for (int tap = 0; tap < taps; ++tap) {
        const int from = linear ? tap : shape.input(static_cast<int>(e.pixel), tap);
        if (from >= 0) sum += w[tap] * widened<T>(x[from]);
      }
    }
    keep(sum, dy + i);
  }
};

/// How a channel's activation changes: dz = slope·dy + base·c + constant.
template <class T>
struct ChannelChange {
  T slope, base, constant;
};

/// Sums Σ dy and Σ dy·(2c + dy) of every probe and channel and makes the change of the channel from
/// them. `follow`: BatchNorm follows the perturbed batch; else its statistics stay and nothing is
/// summed. Edits of scale and shift stand at [probe·channels + channel], null: none.
template <class T, class S>
struct ChannelChanges {
  Stack planes;
  bool follow = false;
  const S* dy = nullptr;
  const T* centred = nullptr;       // [pictures, base_channels, pixels]
  const BaseNorm* norms = nullptr;  // of the base's channels; null: no normalisation
  const double* scale_edits = nullptr;
  const double* shift_edits = nullptr;
  ChannelChange<T>* changes = nullptr;
  double* means = nullptr;  // with `follow`: the mean that RemoveMeans is to take out, 0: none

  ZO_HD std::int64_t groups() const { return planes.probes * planes.channels; }
  ZO_HD std::int64_t items(std::int64_t) const {
    return follow ? planes.pictures * planes.pixels : 0;
  }
  /// Where item `item` of a group stands in dy.
  ZO_HD std::int64_t element(std::int64_t group, std::int64_t item) const {
    const std::int64_t probe = group / planes.channels, channel = group % planes.channels;
    const Index picture = static_cast<Index>(item) / static_cast<Index>(planes.pixels);
    const Index pixel = static_cast<Index>(item) % static_cast<Index>(planes.pixels);
    return ((probe * planes.pictures + picture) * planes.channels + channel) * planes.pixels +
           pixel;
  }
  ZO_HD int base_channel(std::int64_t group) const {
    return planes.base_channel(group / planes.channels, static_cast<int>(group % planes.channels));
  }
  ZO_HD TwoSums add(std::int64_t group, std::int64_t item) const {
    const Index picture = static_cast<Index>(item) / static_cast<Index>(planes.pixels);
    const Index pixel = static_cast<Index>(item) % static_cast<Index>(planes.pixels);
    const double d = static_cast<double>(widened<T>(dy[element(group, item)]));
    const double c = static_cast<double>(
        centred[(static_cast<std::int64_t>(picture) * planes.base_channels + base_channel(group)) *
                    planes.pixels +
                pixel]);
    return {d, square_difference(c, d)};
  }
  ZO_HD void finish(std::int64_t group, TwoSums sums) const {
    const BaseNorm norm = norms != nullptr ? norms[base_channel(group)] : BaseNorm{};
    const double scale = scale_edits != nullptr ? scale_edits[group] : 0.0;
    const double shift = shift_edits != nullptr ? shift_edits[group] : 0.0;
    const auto count = static_cast<double>(planes.pictures * planes.pixels);
    const NormDifference d =
        follow ? batch_norm_difference(norm, sums.first, sums.second, count, scale, shift)
               : fixed_norm_difference(norm, scale, shift);
    changes[group] = {static_cast<T>(d.slope), static_cast<T>(d.base), static_cast<T>(d.constant)};
    if (follow) means[group] = removable_mean(norm, sums.first, sums.second, count);
  }
};

/// Takes the means that ChannelChanges found out of dy, and makes these channels' changes anew.
template <class T, class S>
struct RemoveMeans {
  ChannelChanges<T, S> channels;
  S* dy = nullptr;  // channels.dy

  ZO_HD std::int64_t groups() const { return channels.groups(); }
  ZO_HD std::int64_t items(std::int64_t group) const {
    return channels.means[group] != 0.0 ? channels.items(group) : 0;
  }
  ZO_HD TwoSums add(std::int64_t group, std::int64_t item) const {
    S* at = dy + channels.element(group, item);
    keep(widened<T>(*at) - static_cast<T>(channels.means[group]), at);
    return channels.add(group, item);
  }
  ZO_HD void finish(std::int64_t group, TwoSums sums) const {
    if (channels.means[group] != 0.0) channels.finish(group, sums);
  }
};

/// The change of an activation from that of its pre-activation, in place. A changed shortcut
/// [probes, pictures, skip_channels, skip_height·skip_width] is added as ActivateBase adds it.
template <class T, class S>
struct ActivateChange {
  Stack planes;
  S* dy = nullptr;
  const T* centred = nullptr;
  const T* z = nullptr;
  const ChannelChange<T>* changes = nullptr;  // [probes, channels]
  const S* skip = nullptr;
  int width = 1, skip_channels = 0, skip_before = 0, skip_stride = 1, skip_height = 1,
      skip_width = 1;
  bool relu = false;

  ZO_HD std::int64_t size() const { return planes.size(); }
  ZO_HD void compute(std::int64_t i) const {
    const StackElement e(planes, i);
    const ChannelChange<T> change =
        changes[static_cast<std::int64_t>(e.probe) * planes.channels + e.channel];
    T dz = normalised_difference<T>(
        change.slope, widened<T>(dy[i]), change.base, centred[e.base], change.constant);
    const int from = e.base_channel - skip_before;
    if (skip != nullptr && from >= 0 && from < skip_channels) {
      const std::int64_t row = e.pixel / static_cast<Index>(width);
      const std::int64_t column = e.pixel % static_cast<Index>(width);
      const std::int64_t plane = (e.probe * planes.pictures + e.picture) * skip_channels + from;
      dz += widened<T>(
          skip[(plane * skip_height + row * skip_stride) * skip_width + column * skip_stride]);
    }
    keep(relu ? relu_difference(z[e.base], dz) : dz, dy + i);
  }
};

/// Changes of few channels as one of all channels, the others zero: for a shortcut that begins at
/// the entry. Numbers as in SpreadChannels.
template <class S>
struct ScatterChannels {
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
