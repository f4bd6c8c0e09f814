#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "src/base/layout.h"
#include "src/oracle/ledger.h"
#include "src/oracle/probe.h"

namespace zo {

enum class Precision { Float32, Float64 };

/// `value` rounded to the storage precision.
inline double stored(double value, Precision precision) {
  return precision == Precision::Float32 ? static_cast<double>(static_cast<float>(value)) : value;
}

/// Answers "what is the loss there?" and nothing else. Owns θ and the only query counter.
///
/// Contract of every implementation:
///  * losses are float64 (nats, mean over the batch), summed in a fixed order: they depend neither
///    on the number of threads nor on the order or grouping of the probes;
///  * where the loss is a mean over examples, asking for theirs changes neither the loss nor its count;
///  * θ is bit-equal before and after `base` and `evaluate`; only `move` changes it;
///  * BatchNorm: probes use the batch statistics of their own perturbed activations and never touch
///    the running statistics; these move once per base point that `move` departs from. With
///    `--bn eval` base and probes use the running statistics instead;
///  * a loss that is not finite is returned as it is and counted; the method decides.
class LossOracle {
 public:
  virtual ~LossOracle() = default;
  LossOracle(const LossOracle&) = delete;
  LossOracle& operator=(const LossOracle&) = delete;

  const Layout& layout() const { return layout_; }
  std::int64_t dimension() const { return layout_.dimension(); }
  const QueryLedger& ledger() const { return ledger_; }
  /// For --resume only: continue counting from a checkpoint.
  void restore_ledger(const QueryLedger& ledger) { ledger_ = ledger; }

  /// Adds losses that only inform the reader and were computed elsewhere (the test split, checks).
  void count_report(std::int64_t n) { ledger_.report += n; }

  /// Makes batch number `batch` (a pure function of seed and number) the current one.
  void begin_batch(std::int64_t batch);
  /// Loss at θ on the current batch. Costs one query the first time after begin_batch or move, and
  /// nothing when asked again.
  double base();
  /// Losses at the given points on the current batch, in the order given. One query a probe.
  /// Throws Error(Run) for a coordinate outside [0, d) or a direction of the wrong length.
  std::vector<double> evaluate(std::span<const Probe> probes);

  /// Called with how many losses of a list are known, of how many asked for: now and then while
  /// `evaluate` computes, on its caller's thread.
  using Watch = std::function<void(std::int64_t known, std::int64_t asked)>;
  /// Whom to tell from now on; an empty one: nobody. Oracles behind this one tell it too.
  virtual void tell(Watch watch) { watch_ = std::move(watch); }

  /// How many examples of the current batch the loss is the mean of, where this oracle hands out
  /// the loss of each; 0: a black box that returns one number.
  virtual std::int64_t examples() const { return 0; }
  /// Losses of the examples at θ, in nats; their mean, summed in order, is base() bit for bit. Costs
  /// what base() does. Throws Error(Run) on a black box.
  std::span<const double> base_examples();
  /// As evaluate(probes), at the same queries; `rows` [probes, examples()], row-major, receives the
  /// losses of the examples, whose mean, summed in order, is the probe's loss bit for bit.
  std::vector<double> evaluate(std::span<const Probe> probes, std::vector<double>& rows);
  /// θ ← θ + update, each entry computed in double and rounded once to storage precision.
  void move(const Update& update);

  /// What the loss of `probe` takes to compute, in whole forward passes over the batch; a base loss
  /// takes one. Multiply-adds are compared, not time.
  virtual double cost(const Probe& /*probe*/) const { return 1.0; }
  /// A guess of the time it takes, in those of a whole forward pass: the same on every machine. Where
  /// an oracle knows nothing better, its cost.
  virtual double effort(const Probe& probe) const { return cost(probe); }

  /// Current values of the given coordinates, exactly as stored.
  virtual std::vector<double> values(std::span<const std::int64_t> coordinates) const = 0;
  /// The whole θ, length d.
  virtual std::vector<double> theta() const = 0;
  /// `value` rounded to the storage precision of θ. The step really taken from x by δ is
  /// reached(i, x, δ) − x (methods.md 0, rule 4).
  double stored(double value) const { return zo::stored(value, precision_); }
  Precision precision() const { return precision_; }
  /// Where an edit by δ of coordinate `index` leads from its present value x: stored(x + δ). An
  /// oracle with bounds turns edits that would leave them inwards, ±δ to two different points.
  virtual double reached(std::int64_t /*index*/, double x, double delta) const {
    return stored(x + delta);
  }
  /// Whether a bound keeps coordinate `index` from moving any further in the direction of δ.
  virtual bool blocked(std::int64_t /*index*/, double /*delta*/) const { return false; }

 protected:
  LossOracle(Layout layout, Precision precision)
      : layout_(std::move(layout)), precision_(precision) {}
  /// For do_evaluate, on the caller's thread alone.
  void told(std::int64_t known, std::size_t asked) const {
    if (watch_) watch_(known, static_cast<std::int64_t>(asked));
  }

 private:
  virtual void do_begin_batch(std::int64_t batch) = 0;
  virtual double do_base() = 0;
  /// After do_base() at the same point; called only where examples() > 0.
  virtual void do_base_examples(std::span<double> /*rows*/) {}
  /// `rows`: empty where nobody asked, as it always is where examples() = 0.
  virtual void do_evaluate(std::span<const Probe> probes,
                           std::span<double> losses,
                           std::span<double> rows) = 0;
  virtual void do_move(const Update& update) = 0;
  std::vector<double> ask(std::span<const Probe> probes, std::span<double> rows);
  void need_examples() const;

  Layout layout_;
  Precision precision_;
  QueryLedger ledger_;
  std::optional<double> base_;
  std::vector<double> base_examples_;  // empty: not asked for yet
  Watch watch_;
};

/// Additional ability of some oracles: the exact gradient by backpropagation. For `--method sgd`
/// (the upper bound in comparisons) and for checks; zeroth-order methods never ask.
class GradientSource {
 public:
  virtual ~GradientSource() = default;
  /// ∇ of the base loss, length d, float64 values of the storage precision's gradient.
  virtual std::vector<double> gradient() = 0;
};

}  // namespace zo
