#pragma once
#include <span>
#include <string>
#include <vector>

#include "src/estimators/coordinate_cache.h"
#include "src/estimators/pair_hessian.h"

namespace zo {

/// How ZO-SAH comes by the Hessian blocks of a period (methods.md 1.6).
enum class HessianKind {
  Literal,   // E0: grid at the start, then old losses refitted
  Secant,    // E1: exact block at the start, then gradient secants
  Rotating,  // E2: exact block at the start, then joint fits of rotating probes
  Lazy,      // E3: exact block at the start, held for the period
  Cached,    // diagonal, every coordinate measured once in the run
  None,      // no Hessian: gradient probes only
};

struct HessianOptions {
  HessianKind kind = HessianKind::Lazy;
  double eps = 5e-3;     // step of the gradient probes, > 0
  double radius = 5e-3;  // step of the Hessian probes (l), > 0
  double ridge = 0.0;    // weight of the prior, relative to the data
  Basis basis = Basis::Plain;
  std::int64_t dimension = 0;  // d, which Cached needs to know
};

/// The blocks of one subspace through a period: knows which probes a step needs, keeps the
/// evaluations that later steps reuse, and turns losses into gradient and Hessian. A step is
/// plan(), LossOracle::evaluate, absorb().
class BlockHessian {
 public:
  explicit BlockHessian(HessianOptions options)
      : options_(options), cache_(options.kind == HessianKind::Cached ? options.dimension : 0) {}

  /// Starts a period on `subspace`; blocks start as `prior` · I. Lazy blocks that are not to be
  /// `measured` stay so, at no query.
  void begin(Subspace subspace, double prior, bool measured = true);
  const Subspace& subspace() const { return subspace_; }
  /// Probes of the step that is `age` accepted steps into its period; for Cached without those that
  /// measure coordinates seen for the first time, one each.
  static std::int64_t probes_of(HessianKind kind, const Subspace& subspace, std::int64_t age);

  /// All probes of this step: the gradient's, then the Hessian's.
  std::vector<Probe> plan(const LossOracle& oracle);
  /// Takes the losses of plan()'s probes; `base` is finite.
  void absorb(double base, std::span<const double> losses);

  /// Packed blocks (Subspace::packed each); a block that could not be estimated is NaN until the
  /// caller replaces it. Empty for HessianKind::None.
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
  bool reuses() const;
  void estimate();

  HessianOptions options_;
  Subspace subspace_;
  std::int64_t age_ = 0;  // accepted steps of this period
  bool measured_ = true;
  std::vector<Record> records_;  // base points of the period, latest first
  HessianProbes fresh_;  // Hessian probes of the period's first point, while they are of use
  Record planned_;
  double unit_ = 0.0;  // unit roundoff of θ
  std::vector<double> blocks_;
  CoordinateCache cache_;
  std::int64_t dropped_ = 0;
};

}  // namespace zo
