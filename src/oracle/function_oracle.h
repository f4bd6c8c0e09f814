#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "src/base/threads.h"
#include "src/oracle/box.h"
#include "src/oracle/loss_oracle.h"

namespace zo {

/// A loss of d numbers on batch `batch` (functions without data ignore it). Called by several
/// threads.
using PlainFunction = std::function<double(std::span<const double> x, std::int64_t batch)>;

/// A loss that is the mean of those of examples: `losses` receives one each. Called by several
/// threads.
struct FiniteSum {
  std::int64_t examples = 0;
  std::function<void(std::span<const double> x, std::int64_t batch, std::span<double> losses)>
      losses;
};

/// θ as one parameter "x" of length d: the layout of a problem that is no network.
Layout plain_layout(std::int64_t dimension);

/// The loss oracle of a plain function or of a finite sum, computed in double; for `minimize` and for tests.
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

  /// The same for a finite sum, which hands out the losses of its examples.
  FunctionOracle(Layout layout,
                 FiniteSum sum,
                 std::vector<double> start,
                 Precision precision,
                 int threads = 1);

  /// Keeps θ, where it is now and wherever it moves, and every probe within `box`: moves and dense
  /// probes end at the nearest point of it, edits as Box::reached says. For Precision::Float64.
  void confine(Box box);

  double reached(std::int64_t index, double x, double delta) const override {
    return stored(box_.reached(index, x, delta));
  }
  bool blocked(std::int64_t index, double delta) const override {
    return box_.blocked(index, theta_[index], delta);
  }
  std::int64_t examples() const override { return sum_.examples; }
  std::vector<double> values(std::span<const std::int64_t> coordinates) const override;
  std::vector<double> theta() const override { return theta_; }

 protected:
  std::int64_t batch() const { return batch_; }
  /// Puts θ at `theta`. What was known of the old point is for the caller to forget: begin_batch().
  void place(std::vector<double> theta);
  /// Makes `point`, equal to θ, the point of `probe`.
  void go_to(const Probe& probe, std::span<double> point) const;
  void do_move(const Update& update) override;

 private:
  void do_begin_batch(std::int64_t batch) override { batch_ = batch; }
  double do_base() override { return loss(theta_, {}); }
  void do_base_examples(std::span<double> rows) override { loss(theta_, rows); }
  void do_evaluate(std::span<const Probe> probes,
                   std::span<double> losses,
                   std::span<double> rows) override;
  double loss(std::span<const double> point, std::span<double> rows) const;
  double loss_at(const Probe& probe, std::vector<double>& point, std::span<double> rows) const;

  PlainFunction function_;
  FiniteSum sum_;  // in place of function_ where it has examples
  std::vector<double> theta_;
  Box box_;
  std::int64_t batch_ = 0;
  ThreadPool pool_;
  std::vector<std::vector<double>> points_;  // one a worker, equal to θ between probes
};

}  // namespace zo
