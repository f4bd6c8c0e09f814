#pragma once
#include <cstdint>
#include <vector>

#include "data/batches.h"
#include "src/base/threads.h"
#include "src/kernels/delta_norm.h"
#include "src/oracle/aligned_buffer.h"
#include "src/oracle/delta_plan.h"
#include "src/oracle/delta_scratch.h"
#include "src/oracle/delta_weights.h"

namespace zo {

/// What one unit computed at the base point; all planes as PlaneShape says, block after block.
template <class T>
struct UnitBase {
  AlignedBuffer<T> centred;  // pre-activation minus a shift near its mean, shape mid
  AlignedBuffer<T> z;        // what the ReLU reads, kept only where it holds a shortcut; shape mid
  AlignedBuffer<T> before;   // activation in front of the pooling; shape mid
  AlignedBuffer<T> output;   // shape out
  std::vector<BaseNorm> norms;        // a channel
  std::vector<ChannelStep<T>> steps;  // gain and shift of every channel; the rest is zero
};

/// The forward pass at the base point of the current batch, and everything of it that probes need.
template <class T>
class DeltaBase {
 public:
  DeltaBase(const DeltaPlan& plan, const DeltaKernels<T, T>& kernels)
      : plan_(plan), kernels_(kernels), units_(plan.units.size()) {}

  /// The pictures of `batch`; vectors that they do not fill repeat the last one.
  void set_batch(const Batch& batch);
  /// Computes all units. `running` holds running statistics to normalise by (laid out as
  /// Network::norms), or is null for the batch's own. Blocks of pictures go to the threads and all
  /// sums are taken block by block, so the result does not depend on their number.
  void run(const DeltaWeights<T>& weights,
           const std::vector<Norm>& norms,
           const std::vector<double>* running,
           ThreadPool& pool);

  const UnitBase<T>& unit(int u) const { return units_[u]; }
  /// Planes of block `b` of the input of unit `u`: the pictures or the output of the unit before.
  const T* input(int u, std::int64_t b) const;
  /// Mean cross-entropy in nats.
  double loss() const;
  /// Logits [rows, classes].
  const std::vector<double>& logits() const { return logits_; }
  const std::vector<std::int32_t>& labels() const { return labels_; }
  std::int64_t rows() const { return rows_; }
  std::int64_t blocks() const { return blocks_; }
  /// How many pictures block `b` really holds.
  int valid(std::int64_t b) const;
  /// Mean and biased variance of every BatchNorm, as fold_statistics takes them.
  const std::vector<double>& statistics() const { return statistics_; }
  const std::vector<std::int64_t>& counts() const { return counts_; }

 private:
  void compute_map(int u, const DeltaWeights<T>& weights, std::int64_t b, ConvScratch<T>& scratch);
  void normalise(int u,
                 const DeltaWeights<T>& weights,
                 const std::vector<Norm>& norms,
                 const std::vector<double>* running,
                 ThreadPool& pool);
  void activate(int u, std::int64_t b, ConvScratch<T>& scratch);
  std::vector<double> channel_sums(int u, bool square, ThreadPool& pool);

  const DeltaPlan& plan_;
  const DeltaKernels<T, T>& kernels_;
  std::vector<UnitBase<T>> units_;
  AlignedBuffer<T> pictures_;
  std::vector<std::int32_t> labels_;
  std::vector<double> logits_, statistics_;
  std::vector<std::int64_t> counts_;
  std::vector<ConvScratch<T>> scratch_;
  std::int64_t rows_ = 0, blocks_ = 0;
};

}  // namespace zo
