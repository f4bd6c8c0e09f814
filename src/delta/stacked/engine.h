#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "src/base/threads.h"
#include "src/delta/placed_probe.h"
#include "src/delta/stacked/wave.h"
#include "src/delta/theta.h"
#include "src/network/network_state.h"

namespace zo {

/// The engine on tensors (DeltaEngine in delta_oracle.h says what is called when). A device takes
/// the waves one after the other; only `base`, `statistics` and `read` wait for it, so the host writes
/// the records of the next wave while the device computes this one. T: arithmetic;
/// S: how differences are kept.
template <class T, class S>
class StackedEngine {
 public:
  using Number = T;
  StackedEngine(const DeltaPlan& plan,
                const NetworkState& state,
                const StackedKernels<T, S>& kernels);

  int workers() const { return 1; }
  /// Throws Error(Usage) for more pictures than kernels can number.
  void set_batch(const Batch& batch);
  void set_point(const Theta<T>& theta);
  double base(ThreadPool& pool);
  std::vector<double> statistics() const { return base_.statistics(); }
  int capacity(int entry) const;
  void base_examples(std::span<double> rows) const;
  void begin(std::span<const Wave> list, std::int64_t places, bool examples);
  void wave(std::size_t number, int worker);
  void dense(const DenseProbe& probe, std::int64_t place, int worker);
  void read(std::span<double> losses, std::span<double> examples) const;

 private:
  const double* uploaded(const std::shared_ptr<const std::vector<double>>& values);

  const DeltaPlan& plan_;
  const NetworkState& state_;
  const StackedKernels<T, S>& kernels_;
  at::Device device_;
  at::Tensor theta_, point_;                                         // the point, a dense probe's
  std::vector<at::Tensor> parameters_, rounded_, point_parameters_;  // views; rounded_: of S
  at::Tensor running_;  // float64, defined where BatchNorm does not follow the batch
  StackedBatch batch_;
  StackedBase<T> base_, dense_;
  StackedWave<T, S> wave_;
  std::span<const Wave> list_;
  RecordMemory memory_;  // of the wave at work
  // What dense probes of the list name: many share one vector.
  std::map<std::shared_ptr<const std::vector<double>>, at::Tensor> uploads_;
  at::Tensor base_examples_;  // float64, of the base point
  at::Tensor losses_;         // float64, a place each
  at::Tensor examples_;       // float64 [places, rows]; undefined: not asked for
};

}  // namespace zo
