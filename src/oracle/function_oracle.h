#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "src/base/threads.h"
#include "src/oracle/loss_oracle.h"

namespace zo {

/// A loss of d numbers on batch `batch` (functions without data ignore it). Called by several
/// threads.
using PlainFunction = std::function<double(std::span<const double> x, std::int64_t batch)>;

/// θ as one parameter "x" of length d: the layout of a problem that is no network.
Layout plain_layout(std::int64_t dimension);

/// The loss oracle of a plain function, computed in double; for `minimize` and for tests.
/// θ is stored in `precision`: with Float32 the function sees points rounded to float.
class FunctionOracle : public LossOracle {
 public:
  FunctionOracle(PlainFunction function, const std::vector<double>& start, int threads = 1);
  /// Throws Error(Run) when `start` does not have layout.dimension() entries.
  FunctionOracle(Layout layout,
                 PlainFunction function,
                 std::vector<double> start,
                 Precision precision,
                 int threads = 1);

  std::vector<double> values(std::span<const std::int64_t> coordinates) const override;
  std::vector<double> theta() const override { return theta_; }

 protected:
  std::int64_t batch() const { return batch_; }
  void do_move(const Update& update) override;

 private:
  void do_begin_batch(std::int64_t batch) override { batch_ = batch; }
  double do_base() override { return function_(theta_, batch_); }
  void do_evaluate(std::span<const Probe> probes, std::span<double> losses) override;
  double loss_at(const Probe& probe, std::vector<double>& point) const;

  PlainFunction function_;
  std::vector<double> theta_;
  std::int64_t batch_ = 0;
  ThreadPool pool_;
  std::vector<std::vector<double>> points_;  // one a worker, equal to θ between probes
};

}  // namespace zo
