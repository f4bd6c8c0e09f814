#pragma once
#include <type_traits>

#include "src/delta/stacked/base_work.h"
#include "src/delta/stacked/wave_work.h"

namespace zo {

/// The steps on one kind of device. On a GPU a call launches on the default stream, where
/// LibTorch's operations run too, and does not wait. Return value: 0, or a number that `reason`
/// explains.
template <class T>
struct BaseKernels {
  int (*perturb)(const Perturb<T>&) = nullptr;
  int (*channel_means)(const ChannelMeans<T>&) = nullptr;
  int (*channel_norms)(const ChannelNorms<T>&) = nullptr;
  int (*activate)(const ActivateBase<T>&) = nullptr;
  int (*plane_means)(const PlaneMeans<T, T>&) = nullptr;
  int (*loss_rows)(const LossRows<T, T>&) = nullptr;
  int (*loss_means)(const LossMeans&) = nullptr;
  const char* (*reason)(int) = nullptr;
};

/// The same with the steps of a wave whose differences are kept as S.
template <class T, class S>
struct StackedKernels {
  BaseKernels<T> base;
  int (*add_edits)(const AddEdits<T, S>&) = nullptr;
  int (*spread)(const SpreadChannels<T, S>&) = nullptr;
  int (*channel_changes)(const ChannelChanges<T, S>&) = nullptr;
  int (*remove_means)(const RemoveMeans<T, S>&) = nullptr;
  int (*activate)(const ActivateChange<T, S>&) = nullptr;
  int (*scatter)(const ScatterChannels<S>&) = nullptr;
  int (*max_pool)(const MaxPoolChange<T, S>&) = nullptr;
  int (*plane_means)(const PlaneMeans<T, S>&) = nullptr;
  int (*loss_rows)(const LossRows<T, S>&) = nullptr;
};

/// A table whose entries are Launcher::each, planes, reduce and spread.
template <class T, class S, class Launcher>
StackedKernels<T, S> make_stacked_kernels() {
  StackedKernels<T, S> table;
  table.base.perturb = &Launcher::template each<Perturb<T>>;
  table.base.channel_means = &Launcher::template reduce<ChannelMeans<T>>;
  table.base.channel_norms = &Launcher::template reduce<ChannelNorms<T>>;
  table.base.activate = &Launcher::template planes<ActivateBase<T>>;
  table.base.plane_means = &Launcher::template each<PlaneMeans<T, T>>;
  table.base.loss_rows = &Launcher::template each<LossRows<T, T>>;
  table.base.loss_means = &Launcher::template each<LossMeans>;
  table.base.reason = &Launcher::reason;
  table.add_edits = &Launcher::template each<AddEdits<T, S>>;
  table.spread = &Launcher::template spread<SpreadChannels<T, S>>;
  table.channel_changes = &Launcher::template reduce<ChannelChanges<T, S>>;
  table.remove_means = &Launcher::template reduce<RemoveMeans<T, S>>;
  table.activate = &Launcher::template planes<ActivateChange<T, S>>;
  table.scatter = &Launcher::template each<ScatterChannels<S>>;
  table.max_pool = &Launcher::template each<MaxPoolChange<T, S>>;
  table.plane_means = &Launcher::template each<PlaneMeans<T, S>>;
  table.loss_rows = &Launcher::template each<LossRows<T, S>>;
  return table;
}

/// The tables of one kind of device.
struct StackedTables {
  StackedKernels<float, float> float32;
  StackedKernels<float, Bf16> bf16;
  StackedKernels<double, double> float64;

  template <class T, class S>
  const StackedKernels<T, S>& table() const {
    if constexpr (std::is_same_v<T, double>) {
      return float64;
    } else if constexpr (std::is_same_v<S, Bf16>) {
      return bf16;
    } else {
      return float32;
    }
  }
};

/// The steps as loops on the CPU: the stacked oracle's own truth, and what the GPU's are compared
/// with.
const StackedTables& cpu_stacked_tables();

/// The launchers of libzotrain_cuda.so; empty tables where it could not be loaded.
const StackedTables& cuda_stacked_tables();

}  // namespace zo
