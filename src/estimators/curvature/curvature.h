#pragma once
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "src/base/options.h"
#include "src/base/state.h"
#include "src/estimators/cge.h"
#include "src/estimators/subspace.h"

namespace zo {

/// How ZO-SAH comes by the Hessian blocks of a period (methods.md 1.6).
enum class CurvatureKind { Literal, Secant, Rotating, Lazy, Cached, Fisher, None };

/// Polynomial basis of the literal fit: the paper's [½p², pr, ½r²], or the one that agrees with
/// forward differences.
enum class Basis { Plain, Consistent };

/// What a kind is made from; each takes only the fields that mean something to it.
struct CurvatureOptions {
  CurvatureKind kind = CurvatureKind::Lazy;
  double radius = 5e-3;         // l, step of the Hessian probes, > 0
  double ridge = 0.0;           // weight of the prior, relative to the data; 0: the kind's own
  Basis basis = Basis::Plain;   // Literal
  bool adaptive_order = false;  // Lazy
  std::int64_t dimension = 0;   // d; Cached
};

/// How a method is going to use a curvature, for its refusals.
struct CurvatureUse {
  std::int64_t block = 2;        // coordinates a block
  std::int64_t subspace = 0;     // m; 0: not given
  std::int64_t dimension = 0;    // d
  std::string pairing;           // word of a pairing other than the random one, else ""
  bool reads_couplings = false;  // that pairing reads off-diagonal entries of the blocks
  bool adaptive_order = false;   // leave the blocks out while the spectrum is flat
};

/// Where a period stands when a kind is asked for its blocks.
struct PeriodView {
  const Subspace& subspace;
  std::int64_t age;                 // accepted steps of the period before this one
  std::span<const Record> records;  // its base points, the present one first, window() at most
  double unit;                      // unit roundoff of θ
};

/// An estimator of the blocks of a subspace, one period after the other: says which probes it wants
/// beside the gradient's, and turns their losses into blocks. Driven by BlockHessian.
class Curvature {
 public:
  virtual ~Curvature() = default;

  /// Throws Error(Usage) for a use that makes no sense with this kind.
  virtual void check(const CurvatureUse& use) const = 0;

  /// False: there are no blocks at all.
  virtual bool has_blocks() const { return true; }
  /// Base points of a period that an estimate looks at, the present one included. Above 1 losses of
  /// different steps are compared, which one batch must serve.
  virtual std::int64_t window() const { return 1; }
  /// Whether gradients are freed of the difference quotient's bias by the blocks unless the user
  /// decides.
  virtual bool corrects_bias() const { return true; }
  /// Whether the first periods should visit every coordinate once, one probe more each, which
  /// fresh_probes() leaves out.
  virtual bool visits_all_first() const { return false; }
  /// Probes beside the gradient's in the first step of the period that begins next.
  virtual std::int64_t fresh_probes(const Subspace& subspace) const = 0;
  /// Where the gradient probes of the period's step `age` stand.
  virtual Pattern pattern(std::int64_t) const { return Pattern::Forward; }

  /// A period begins: what was remembered of the last one is dropped.
  virtual void begin() {}
  /// Appends the probes that a step wants beside those of `record`.
  virtual void plan(const LossOracle& oracle,
                    const Subspace& subspace,
                    const Record& record,
                    std::int64_t age,
                    std::vector<Probe>& probes) = 0;
  /// Re-estimates `packed` (Subspace::packed() numbers a block, on entry the previous estimate).
  /// `differences`: losses of plan()'s probes minus the base, NaN where not finite. A block that
  /// cannot be estimated becomes NaN.
  virtual void estimate(const PeriodView& period,
                        std::vector<double> differences,
                        std::span<double> packed) = 0;

  /// Whether the next step asks for how gradient and θ changed (see_secant).
  virtual bool watches_secants() const { return false; }
  /// θ moved by `s` on the slots and the gradient there changed by `y`; `median` = median |λ|.
  virtual void see_secant(std::span<const double>, std::span<const double>, double) {}
  /// The blocks were solved; spread as in BlockStep.
  virtual void see_spread(double) {}
  /// Appends the kind's own figures for the log.
  virtual void report(std::vector<std::pair<std::string, double>>&) const {}

  /// What load() needs to go on bit for bit, under the kind's own names.
  virtual void save(State&) const {}
  virtual void load(const State&) {}
};

/// The words for the kinds, in the order of the help.
const Names<CurvatureKind>& curvature_names();
std::unique_ptr<Curvature> make_curvature(const CurvatureOptions& options);

}  // namespace zo
