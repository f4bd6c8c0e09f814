#pragma once
#include <cstdint>

#include "src/delta/stacked/element.h"
#include "src/kernels/delta_norm.h"
#include "src/kernels/layer_formulas.h"

/// The sums over a channel: what normalises the base point, and how probes change that. Each step
/// reduces: of every one of groups() for which sums(group) holds it adds up add(group, picture, pixel),
/// called once for every N pixels of every picture, and hands the sums to finish(group, sums). The CPU
/// adds in order; a GPU takes a block a slice of a group and adds by trees of fixed shape.
namespace zo {

/// How a channel of the base point is normalised: z = gain·(y − center) + shift.
template <class T>
struct ChannelLine {
  T center, gain, shift;
};

/// A channel's parameters; null where the layer has none.
template <class T>
struct ChannelParameters {
  const T* bias = nullptr;  // of the linear map, which y does not hold
  const T* scale = nullptr;
  const T* shift = nullptr;

  ZO_HD static double value(const T* values, std::int64_t channel, double otherwise) {
    return values != nullptr ? static_cast<double>(values[channel]) : otherwise;
  }
};

/// Mean of every channel of y [pictures, channels, pixels] into means[channel].
template <class T>
struct ChannelMeans {
  static constexpr const char* kName = "ChannelMeans";
  static constexpr int kPack = 16 / sizeof(T);
  Stack planes;  // one probe
  const T* y = nullptr;
  double* means = nullptr;
  TwoSums* partial = nullptr;  // [groups, slices]: room for the sums of each

  ZO_HD std::int64_t groups() const { return planes.channels; }
  ZO_HD std::int64_t pictures() const { return planes.pictures; }
  ZO_HD int pixels() const { return planes.pixels; }
  ZO_HD TwoSums* slices() const { return partial; }
  ZO_HD bool sums(std::int64_t) const { return true; }
  ZO_HD double count() const { return static_cast<double>(planes.pictures * planes.pixels); }
  template <int N>
  ZO_HD Pack<T, N> read(std::int64_t channel, Index picture, Index pixel) const {
    return read_pack<N>(y + planes.element({0, picture, static_cast<Index>(channel), pixel}));
  }
  template <int N>
  ZO_HD TwoSums add(std::int64_t channel, Index picture, Index pixel) const {
    const Pack<T, N> numbers = read<N>(channel, picture, pixel);
    TwoSums sums;
    for (int k = 0; k < N; ++k) sums.first += static_cast<double>(numbers.value[k]);
    return sums;
  }
  ZO_HD void finish(std::int64_t channel, TwoSums sums) const {
    means[channel] = sums.first / count();
  }
};

/// Second pass: moments around the mean, where squares lose nothing, and from them the channel's
/// normalisation. With `running` (means, then variances) these are used and nothing is summed;
/// `statistics` (laid out alike, or null) receives mean and biased variance of the batch.
template <class T>
struct ChannelNorms {
  static constexpr const char* kName = "ChannelNorms";
  static constexpr int kPack = ChannelMeans<T>::kPack;
  ChannelMeans<T> means;
  ChannelParameters<T> parameters;
  const double* running = nullptr;
  double epsilon = 0.0;
  double* statistics = nullptr;
  BaseNorm* norms = nullptr;
  ChannelLine<T>* lines = nullptr;

  ZO_HD std::int64_t groups() const { return means.groups(); }
  ZO_HD std::int64_t pictures() const { return means.pictures(); }
  ZO_HD int pixels() const { return means.pixels(); }
  ZO_HD TwoSums* slices() const { return means.partial; }
  ZO_HD bool sums(std::int64_t) const { return running == nullptr; }
  ZO_HD double bias(std::int64_t channel) const {
    return ChannelParameters<T>::value(parameters.bias, channel, 0.0);
  }
  ZO_HD double center(std::int64_t channel) const {
    return running != nullptr ? running[channel] - bias(channel) : means.means[channel];
  }
  template <int N>
  ZO_HD TwoSums add(std::int64_t channel, Index picture, Index pixel) const {
    const Pack<T, N> numbers = means.template read<N>(channel, picture, pixel);
    const T center_rounded = static_cast<T>(center(channel));
    TwoSums sums;
    for (int k = 0; k < N; ++k) {
      const double c = static_cast<double>(numbers.value[k] - center_rounded);
      sums += {c, c * c};
    }
    return sums;
  }
  ZO_HD void finish(std::int64_t channel, TwoSums sums) const {
    const T center_rounded = static_cast<T>(center(channel));
    BaseNorm norm;
    norm.scale = ChannelParameters<T>::value(parameters.scale, channel, 1.0);
    norm.epsilon = epsilon;
    if (running != nullptr) {
      norm.offset = center(channel) - static_cast<double>(center_rounded);
      norm.variance = running[groups() + channel];
    } else {
      use_batch_moments(sums.first, sums.second, means.count(), norm);
    }
    if (statistics != nullptr) {
      statistics[channel] = static_cast<double>(center_rounded) + norm.offset + bias(channel);
      statistics[groups() + channel] = norm.variance;
    }
    const double beta = ChannelParameters<T>::value(parameters.shift, channel, 0.0);
    norms[channel] = norm;
    lines[channel] = {
        center_rounded, static_cast<T>(norm_gain(norm)), static_cast<T>(norm_shift(norm, beta))};
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
  static constexpr const char* kName = "ChannelChanges";
  static constexpr int kPack = 16 / sizeof(S);
  Stack planes;
  bool follow = false;
  const S* dy = nullptr;
  const T* centred = nullptr;       // [pictures, base_channels, pixels]
  const BaseNorm* norms = nullptr;  // of the base's channels; null: no normalisation
  const double* scale_edits = nullptr;
  const double* shift_edits = nullptr;
  ChannelChange<T>* changes = nullptr;
  double* means = nullptr;     // with `follow`: the mean that RemoveMeans is to take out, 0: none
  TwoSums* partial = nullptr;  // with `follow`, [groups, slices]: room for the sums of each

  ZO_HD std::int64_t groups() const { return planes.probes * planes.channels; }
  ZO_HD std::int64_t pictures() const { return planes.pictures; }
  ZO_HD int pixels() const { return planes.pixels; }
  ZO_HD TwoSums* slices() const { return partial; }
  ZO_HD bool sums(std::int64_t) const { return follow; }
  ZO_HD Stack::Place place(std::int64_t group, Index picture, Index pixel) const {
    const Index probe = static_cast<Index>(group) / static_cast<Index>(planes.channels);
    return {probe,
            picture,
            static_cast<Index>(group) - probe * static_cast<Index>(planes.channels),
            pixel};
  }
  template <int N>
  ZO_HD TwoSums add(std::int64_t group, Index picture, Index pixel) const {
    const Stack::Place at = place(group, picture, pixel);
    const Pack<S, N> d = read_pack<N>(dy + planes.element(at));
    const Pack<T, N> c = read_pack<N>(centred + planes.base_element(at));
    TwoSums sums;
    for (int k = 0; k < N; ++k) {
      const double change = static_cast<double>(widened<T>(d.value[k]));
      sums += {change, square_difference(static_cast<double>(c.value[k]), change)};
    }
    return sums;
  }
  ZO_HD void finish(std::int64_t group, TwoSums sums) const {
    const Stack::Place at = place(group, 0, 0);
    const BaseNorm norm = norms != nullptr
                              ? norms[planes.base_channel(at.probe, static_cast<int>(at.channel))]
                              : BaseNorm{};
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
  static constexpr const char* kName = "RemoveMeans";
  static constexpr int kPack = ChannelChanges<T, S>::kPack;
  ChannelChanges<T, S> channels;
  S* dy = nullptr;  // channels.dy

  ZO_HD std::int64_t groups() const { return channels.groups(); }
  ZO_HD std::int64_t pictures() const { return channels.pictures(); }
  ZO_HD int pixels() const { return channels.pixels(); }
  ZO_HD TwoSums* slices() const { return channels.partial; }
  ZO_HD bool sums(std::int64_t group) const { return channels.means[group] != 0.0; }
  template <int N>
  ZO_HD TwoSums add(std::int64_t group, Index picture, Index pixel) const {
    S* at = dy + channels.planes.element(channels.place(group, picture, pixel));
    const T mean = static_cast<T>(channels.means[group]);
    Pack<S, N> d = read_pack<N>(at);
    for (int k = 0; k < N; ++k) keep(widened<T>(d.value[k]) - mean, &d.value[k]);
    write_pack<N>(d, at);
    return channels.template add<N>(group, picture, pixel);
  }
  ZO_HD void finish(std::int64_t group, TwoSums sums) const {
    if (channels.means[group] != 0.0) channels.finish(group, sums);
  }
};

}  // namespace zo
