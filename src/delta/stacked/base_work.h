#pragma once
#include <cstdint>

#include "src/delta/stacked/element.h"
#include "src/delta/stacked/norm_work.h"
#include "src/kernels/cross_entropy.h"
#include "src/kernels/direction.h"
#include "src/kernels/layer_formulas.h"

/// The steps of a forward pass between its linear maps, one struct a step. A step computes size()
/// elements by compute(i), each on its own; or all pixels of `planes` by compute<N>(place), N
/// neighbours at a time where packs(N) holds; or it reduces (norm_work.h). The CPU loops, a GPU takes
/// a thread an element or a pack. kName is what messages call it. All pointers are memory of that
/// device.
namespace zo {

/// The point of a dense probe: out = rounded(θ + scale·v), v = `vector`, or weights_i · D(seed)_i
/// with weights null for all one.
template <class T>
struct Perturb {
  static constexpr const char* kName = "Perturb";
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

/// y becomes c = y − center; z = gain·c + shift + shortcut; a = relu(z) or z. `y` is all there is
/// to a step of `planes`.
template <class T>
struct ActivateBase {
  static constexpr const char* kName = "ActivateBase";
  static constexpr int kPack = 16 / sizeof(T);
  Stack planes;  // one probe
  T* y = nullptr;
  const ChannelLine<T>* lines = nullptr;  // null: gain 1, shift bias
  const T* bias = nullptr;
  Shortcut<T> shortcut;
  bool relu = false;
  T* z = nullptr;
  T* a = nullptr;

  ZO_HD bool packs(int n) const { return planes.pixels % n == 0 && shortcut.packs(n); }
  template <int N>
  ZO_HD void compute(const Stack::Place& at) const {
    const Index i = planes.element(at);
    ChannelLine<T> line{T(0), T(1), bias != nullptr ? bias[at.channel] : T(0)};
    if (lines != nullptr) line = lines[at.channel];
    Pack<T, N> c = read_pack<N>(y + i), value, active;
    const Pack<T, N> skip = shortcut.template read<N>(at.picture, at.channel, at.pixel);
    for (int k = 0; k < N; ++k) {
      c.value[k] -= line.center;
      value.value[k] = normalised(line.gain, c.value[k], line.shift) + skip.value[k];
      active.value[k] = relu ? zo::relu(value.value[k]) : value.value[k];
    }
    write_pack<N>(c, y + i);
    write_pack<N>(value, z + i);
    write_pack<N>(active, a + i);
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
  static constexpr const char* kName = "LossRows";
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
  static constexpr const char* kName = "LossMeans";
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
  static constexpr const char* kName = "PlaneMeans";
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
