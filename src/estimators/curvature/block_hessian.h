#pragma once
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "src/estimators/curvature/curvature.h"

namespace zo {

/// The blocks of one subspace through a period: knows which probes a step needs, keeps the
/// evaluations that later steps reuse, and turns losses into gradient and Hessian. A step is
/// plan(), LossOracle::evaluate, absorb().
class BlockHessian {
 public:
  /// `eps` > 0: step of the gradient probes.
  BlockHessian(std::unique_ptr<Curvature> curvature, double eps)
      : curvature_(std::move(curvature)), eps_(eps) {}

  Curvature& curvature() { return *curvature_; }
  const Curvature& curvature() const { return *curvature_; }
  /// Starts a period on `subspace`; blocks start as `prior` · I.
  void begin(Subspace subspace, double prior);
  const Subspace& subspace() const { return subspace_; }
  /// The probes absorbed last and what came of them.
  const Record& record() const { return records_[0]; }
  /// All probes of this step: the gradient's, then the Hessian's.
  std::vector<Probe> plan(const LossOracle& oracle);
  /// Takes the losses of plan()'s probes; `base` is finite.
  void absorb(double base, std::span<const double> losses);

  /// Packed blocks (Subspace::packed each); a block that could not be estimated is NaN until the
  /// caller replaces it. Empty for a curvature without blocks.
  std::vector<double>& blocks() { return blocks_; }
  /// Gradient on the slots at the point absorbed last; 0 where a probe was dropped. `corrected`
  /// removes the difference quotient's bias ½·h·ε with the present blocks (methods.md 1.3).
  std::vector<double> gradient(bool corrected) const;
  /// Probes of the last step, gradient's and Hessian's, whose loss was not finite.
  std::int64_t dropped() const { return dropped_; }

  /// What later steps of the period need. The subspace itself is not part of it.
  void save(State& state) const;
  void load(const State& state, Subspace subspace);

 private:
  bool reuses() const { return curvature_->window() > 1; }
  void assign(Subspace subspace, double prior);

  std::unique_ptr<Curvature> curvature_;
  double eps_;
  Subspace subspace_;
  std::int64_t age_ = 0;         // accepted steps of this period
  std::vector<Record> records_;  // base points of the period, latest first
  Record planned_;
  double unit_ = 0.0;  // unit roundoff of θ
  std::vector<double> blocks_;
  std::int64_t dropped_ = 0;
};

}  // namespace zo
