#pragma once
#include <cstdint>

#include "src/delta/stacked/element.h"
#include "src/kernels/cross_entropy.h"
#include "src/kernels/delta_norm.h"
#include "src/kernels/direction.h"
#include "src/kernels/layer_formulas.h"

/// The steps of a forward pass between its linear maps, one struct a step. A step either computes
/// size() elements by compute(i), each on its own, or reduces: for each of groups() it adds up
/// add(group, item) over items(group), each called once, and hands the sums to finish(group, sums).
/// The CPU loops over the elements, a GPU takes a thread an element and a block a group. All
/// pointers are memory of that device.
namespace zo {

/// The point of a dense probe: out = rounded(θ + scale·v), v = `vector`, or weights_i · D(seed)_i
/// with weights null for all one.
template <class T>
struct Perturb {
  std::int64_t count = 0;
  const T* theta = nullptr;
  T* out = nullptr;
  double scale = 0.0;
  std::uint64_t seed = 0;
  Law law = Law::Gaussian;
  const double* weights = nullptr;
  const double* vector = nullptr;

  ZO_HD std::int64_t size() const { return count; }
  ZO_HD void compute(std::int64_t i) const {
    double entry = 0.0;
    if (vector != nullptr) {
      entry = vector[i];
    } else {
      entry = direction_value(seed, law, i);
      if (weights != nullptr) entry *= weights[i];
    }
    out[i] = static_cast<T>(static_cast<double>(theta[i]) + scale * entry);
  }
};

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
  const T* y = nullptr;
  std::int64_t pictures = 0;
  int channels = 0, pixels = 0;
  double* means = nullptr;

  ZO_HD std::int64_t groups() const { return channels; }
  ZO_HD std::int64_t items(std::int64_t) const { return pictures * pixels; }
  ZO_HD const T& at(std::int64_t channel, std::int64_t item) const {
    const Index picture = static_cast<Index>(item) / static_cast<Index>(pixels);
    const Index pixel = static_cast<Index>(item) % static_cast<Index>(pixels);
    return y[(static_cast<std::int64_t>(picture) * channels + channel) * pixels + pixel];
  }
  ZO_HD TwoSums add(std::int64_t channel, std::int64_t item) const {
    return {static_cast<double>(at(channel, item)), 0.0};
  }
  ZO_HD void finish(std::int64_t channel, TwoSums sums) const {
    means[channel] = sums.first / static_cast<double>(items(channel));
  }
};

/// Second pass: moments around the mean, where squares lose nothing, and from them the channel's
/// normalisation. With `running` (means, then variances) these are used and nothing is summed;
/// `statistics` (laid out alike, or null) receives mean and biased variance of the batch.
template <class T>
struct ChannelNorms {
  ChannelMeans<T> means;
  ChannelParameters<T> parameters;
  const double* running = nullptr;
  double epsilon = 0.0;
  double* statistics = nullptr;
  BaseNorm* norms = nullptr;
  ChannelLine<T>* lines = nullptr;

  ZO_HD std::int64_t groups() const { return means.channels; }
  ZO_HD std::int64_t items(std::int64_t channel) const {
    return running != nullptr ? 0 : means.items(channel);
  }
  ZO_HD double bias(std::int64_t channel) const {
    return ChannelParameters<T>::value(parameters.bias, channel, 0.0);
  }
  ZO_HD double center(std::int64_t channel) const {
    return running != nullptr ? running[channel] - bias(channel) : means.means[channel];
  }
  ZO_HD TwoSums add(std::int64_t channel, std::int64_t item) const {
    const double c = static_cast<double>(means.at(channel, item) - static_cast<T>(center(channel)));
    return {c, c * c};
  }
  ZO_HD void finish(std::int64_t channel, TwoSums sums) const {
    const T center_rounded = static_cast<T>(center(channel));
    BaseNorm norm;
    norm.scale = ChannelParameters<T>::value(parameters.scale, channel, 1.0);
    norm.epsilon = epsilon;
    if (running != nullptr) {
      norm.offset = center(channel) - static_cast<double>(center_rounded);
      norm.variance = running[means.channels + channel];
    } else {
      use_batch_moments(sums.first, sums.second, static_cast<double>(means.items(channel)), norm);
    }
    if (statistics != nullptr) {
      statistics[channel] = static_cast<double>(center_rounded) + norm.offset + bias(channel);
      statistics[means.channels + channel] = norm.variance;
    }
    const double beta = ChannelParameters<T>::value(parameters.shift, channel, 0.0);
    norms[channel] = norm;
    lines[channel] = {
        center_rounded, static_cast<T>(norm_gain(norm)), static_cast<T>(norm_shift(norm, beta))};
  }
};

/// y becomes c = y − center; z = gain·c + shift + shortcut; a = relu(z) or z. `y` is all there is
/// to a step of `planes`; the shortcut [pictures, skip_channels, skip_height·skip_width] counts
/// from channel skip_before on and is read every skip_stride-th pixel; null: none.
template <class T>
struct ActivateBase {
  Stack planes;  // one probe
  T* y = nullptr;
  const ChannelLine<T>* lines = nullptr;  // null: gain 1, shift bias
  const T* bias = nullptr;
  const T* skip = nullptr;
  int width = 1, skip_channels = 0, skip_before = 0, skip_stride = 1, skip_height = 1,
      skip_width = 1;
  bool relu = false;
  T* z = nullptr;
  T* a = nullptr;

  ZO_HD std::int64_t size() const { return planes.size(); }
  ZO_HD void compute(std::int64_t i) const {
    const StackElement e(planes, i);
    ChannelLine<T> line{T(0), T(1), bias != nullptr ? bias[e.channel] : T(0)};
    if (lines != nullptr) line = lines[e.channel];
    const T c = y[i] - line.center;
    T value = normalised(line.gain, c, line.shift);
    const int from = static_cast<int>(e.channel) - skip_before;
    if (skip != nullptr && from >= 0 && from < skip_channels) {
      const std::int64_t row = e.pixel / static_cast<Index>(width);
      const std::int64_t column = e.pixel % static_cast<Index>(width);
      value += skip[((static_cast<std::int64_t>(e.picture) * skip_channels + from) * skip_height +
                     row * skip_stride) *
                        skip_width +
                    column * skip_stride];
    }
    y[i] = c;
    z[i] = value;
    a[i] = relu ? zo::relu(value) : value;
  }
};

/// Logits c of one row: the base's plus a change.
template <class T, class S>
struct ChangedLogits {
  const T* base;
  const S* change;  // null: none
  ZO_HD double operator[](int c) const {
    const double logit = static_cast<double>(base[c]);
    return change == nullptr ? logit : logit + static_cast<double>(widened<T>(change[c]));
  }
};

/// losses[probe·rows + row] = cross-entropy of a row in nats.
template <class T, class S>
struct LossRows {
  std::int64_t probes = 1, rows = 0;
  int classes = 0;
  const T* logits = nullptr;   // [rows, classes]
  const S* changes = nullptr;  // [probes, rows, classes], or null
  const std::int32_t* labels = nullptr;
  double* losses = nullptr;

  ZO_HD std::int64_t size() const { return probes * rows; }
  ZO_HD void compute(std::int64_t i) const {
    const std::int64_t row = i % rows;
    const ChangedLogits<T, S> changed{logits + row * classes,
                                      changes == nullptr ? nullptr : changes + i * classes};
    losses[i] = cross_entropy_row(changed, classes, labels[row]);
  }
};

/// Mean loss of every probe, rows summed in order.
struct LossMeans {
  std::int64_t probes = 1, rows = 0;
  const double* losses = nullptr;
  double* means = nullptr;

  ZO_HD std::int64_t size() const { return probes; }
  ZO_HD void compute(std::int64_t probe) const {
    means[probe] = mean_of_rows(losses + probe * rows, rows);
  }
};

/// out[plane] = mean of `pixels` numbers, summed in order.
template <class T, class S>
struct PlaneMeans {
  std::int64_t planes = 0;
  int pixels = 0;
  const S* x = nullptr;
  S* out = nullptr;

  ZO_HD std::int64_t size() const { return planes; }
  ZO_HD void compute(std::int64_t plane) const {
    T sum = T(0);
    for (int i = 0; i < pixels; ++i) sum += widened<T>(x[plane * pixels + i]);
    keep(sum * (T(1) / static_cast<T>(pixels)), out + plane);
  }
};

}  // namespace zo
