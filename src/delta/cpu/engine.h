#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "src/base/threads.h"
#include "src/delta/cpu/base.h"
#include "src/delta/cpu/layout.h"
#include "src/delta/cpu/wave.h"
#include "src/delta/cpu/weights.h"
#include "src/delta/placed_probe.h"
#include "src/delta/theta.h"
#include "src/network/network_state.h"

namespace zo {

/// The engine of own kernels (DeltaEngine in delta_oracle.h says what is called when): a wave or a
/// forward pass is one thread's work, in buffers that stay with the worker. T: arithmetic; S: how
/// differences are kept.
template <class T, class S>
class CpuEngine {
 public:
  using Number = T;
  CpuEngine(const DeltaPlan& plan, const NetworkState& state);

  int workers() const { return static_cast<int>(waves_.size()); }
  void set_batch(const Batch& batch) { base_.set_batch(batch); }
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
  /// A forward pass on one thread, with weights of its own.
  struct Forward {
    Forward(const CpuEngine& engine, const std::vector<double>& point)
        : theta(point),
          weights(engine.plan_, engine.kernels_.out_block),
          pass(engine.plan_,
               engine.layout_,
               *delta_kernels<T, T>(),
               DeltaBase<T>::Memory::LossOnly) {}

    Theta<T> theta;
    DeltaWeights<T> weights;
    DeltaBase<T> pass;
    ThreadPool alone{1};
  };

  /// Running statistics to normalise by, or null for the batch's own.
  const std::vector<double>* running() const {
    return state_.follows_batch() ? nullptr : &state_.running();
  }

  /// Where the losses of a place's examples go; null where they are not asked for.
  double* examples_at(std::int64_t place) {
    return examples_.empty() ? nullptr : &examples_[place * base_.rows()];
  }

  const DeltaPlan& plan_;
  CpuLayout layout_;
  const NetworkState& state_;
  const DeltaKernels<T, S>& kernels_;
  const Theta<T>* theta_ = nullptr;
  DeltaWeights<T> weights_;
  DeltaBase<T> base_;
  std::deque<DeltaWave<T, S>> waves_;               // a worker
  std::vector<std::unique_ptr<Forward>> forwards_;  // a worker; made when it is first needed
  std::span<const Wave> list_;
  std::vector<double> losses_;    // a place
  std::vector<double> examples_;  // [places, rows], or empty
};

}  // namespace zo
