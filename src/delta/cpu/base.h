#pragma once
#include <cstdint>
#include <vector>

#include "data/batches.h"
#include "src/base/threads.h"
#include "src/delta/cpu/aligned_buffer.h"
#include "src/delta/cpu/base_room.h"
#include "src/delta/cpu/layout.h"
#include "src/delta/cpu/scratch.h"
#include "src/delta/cpu/unit_base.h"
#include "src/delta/cpu/weights.h"
#include "src/delta/plan.h"

namespace zo {

/// A forward pass over the current batch.
template <class T>
class DeltaBase {
 public:
  /// What stays behind: everything that probes need, or the loss alone in the least memory.
  enum class Memory { Everything, LossOnly };
  DeltaBase(const DeltaPlan& plan,
            const CpuLayout& layout,
            const DeltaKernels<T, T>& kernels,
            Memory memory);

  /// The pictures of `batch`; vectors that they do not fill repeat the last one.
  void set_batch(const Batch& batch);
  /// The pictures of `other`, which must outlive their use here.
  void share_batch(const DeltaBase& other);
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
  /// Cross-entropy of every picture, in nats.
  const std::vector<double>& losses() const { return losses_; }
  /// The losses of all pictures where `change`, [blocks][padded classes][lanes], is added to the
  /// logits; nothing where it is null.
  void example_losses(const T* change, double* losses) const;
  std::int64_t rows() const { return rows_; }
  std::int64_t blocks() const { return blocks_; }
  /// How many pictures block `b` really holds.
  int valid(std::int64_t b) const;
  /// Mean and biased variance of every BatchNorm in the last run without `running`, laid out as
  /// Network::norms.
  const std::vector<double>& statistics() const { return statistics_; }

 private:
  /// Moments of every channel, summed over the blocks.
  struct Moments {
    std::vector<double> sums, squares;
  };

  void compute_map(int u, const DeltaWeights<T>& weights, std::int64_t b, ConvScratch<T>& scratch);
  void normalise(int u,
                 const DeltaWeights<T>& weights,
                 const std::vector<Norm>& norms,
                 const std::vector<double>* running,
                 ThreadPool& pool);
  Moments moments(int u, const std::vector<double>& shift, bool store, ThreadPool& pool);
  void activate(int u, std::int64_t b, ConvScratch<T>& scratch);
  T* plane(T* planes, const PlaneShape& shape, std::int64_t b, int channel) const {
    return planes + (b * shape.block() + channel * shape.plane) * kernels_.lanes;
  }

  const DeltaPlan& plan_;
  const CpuLayout& layout_;
  const DeltaKernels<T, T>& kernels_;
  Memory memory_;
  std::vector<UnitBase<T>> units_;
  BaseRoom<T> room_;
  AlignedBuffer<T> own_pictures_;
  const T* pictures_ = nullptr;
  std::vector<std::int32_t> labels_;  // as the vectors, which repeat the last picture's
  AlignedBuffer<double> logits_;      // [blocks][classes][lanes]
  std::vector<double> statistics_;
  std::vector<double> losses_;  // a picture
  std::vector<ConvScratch<T>> scratch_;
  std::int64_t rows_ = 0, blocks_ = 0;
};

}  // namespace zo
