#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "src/base/state.h"
#include "src/estimators/preconditioner.h"
#include "src/oracle/loss_oracle.h"

namespace zo {

/// What a direction v on a subset of the coordinates (a gradient, or a Newton step) becomes before
/// θ ← θ − t·along. λ is the weight decay.
enum class Rule {
  Plain,     // along = v + λθ
  Momentum,  // buf ← β₁ buf + v + λθ,  along = buf (torch.optim.SGD)
  Adam,      // along = M̂/√V̂ + λθ (arXiv 1412.6980)
  PairRoot,  // along = Ĉ^(−1/2) M̂ + λθ on slots (0, 1), (2, 3), …: see GradientMoments
};

/// What Rule::Momentum does to coordinates outside the subset, where v = 0. The other rules leave
/// them alone.
enum class Outside {
  Coast,   // they move on by their decaying buffer, without weight decay
  Decay,   // they coast, and weight decay pulls every coordinate of θ: DeepZero, SGD
  Hold,    // they stay, and their buffer waits as it is: DeepZero's mask_update
  Forget,  // as Coast, but begin_subset() clears the buffer, so that nothing is left to coast
};

struct RuleOptions {
  Rule kind = Rule::Plain;
  Outside outside = Outside::Coast;
  double momentum = 0.9;        // β₁, of the buffer or of the mean of the gradients
  double second_decay = 0.999;  // β₂ of Adam and PairRoot
  double floor = 1e-8;          // added to their roots
  double weight_decay = 0.0;    // λ
};

/// A first-order update rule as a part of a method. A step asks it twice, with the method's own
/// choice of the step length in between, and it remembers only steps that were taken:
///     Proposal p = rule.propose(oracle, coordinates, v);
///     norm = rule.take(oracle, std::move(p), lr);        // nothing: reject the step
/// A method that looks for t along p.at and p.along and finds none calls refuse(p) instead; one
/// that draws a new subset calls begin_subset() before it proposes the first step there.
class UpdateRule {
 public:
  /// What was learnt so far: the buffer (length d; empty but for Momentum) and the moments.
  struct Memory {
    std::vector<double> buffer;
    GradientMoments moments;
  };
  /// A step that was not taken yet: θ_at ← θ_at − t·along.
  struct Proposal {
    std::vector<double> direction;  // on the subset: v, or what the moments made of it
    std::vector<std::int64_t> at;   // the coordinates that move: the subset, or all of θ
    std::vector<double> x;          // θ there
    std::vector<double> along;
    bool everywhere = false;  // `at` is all of θ, and `along` holds its buffer
    Memory after;
  };

  UpdateRule(const RuleOptions& options, std::int64_t dimension);

  /// Clears the buffer under Outside::Forget; else nothing.
  void begin_subset();
  /// The step for `v` on `coordinates`, one entry a coordinate. Asks no loss.
  Proposal propose(const LossOracle& oracle,
                   std::span<const std::int64_t> coordinates,
                   std::span<const double> v) const;
  /// Moves θ by −lr·along and remembers. Returns the length of the step; nothing, with θ and the
  /// memory as they were, when an entry of θ would stop being finite.
  std::optional<double> take(LossOracle& oracle, Proposal proposal, double lr);
  /// No step along it is good: the moments keep what they were shown, the buffer, which then
  /// points uphill, is forgotten.
  void refuse(Proposal proposal);

  /// What the kind needs, under "velocity" or "moments.…". Throws Error(Run) for a state of another
  /// kind or size.
  void save(State& state) const;
  void load(const State& state);

 private:
  void forget();
  bool averages() const { return options_.kind == Rule::Adam || options_.kind == Rule::PairRoot; }

  RuleOptions options_;
  Memory memory_;
};

/// ‖v‖₂.
double norm(std::span<const double> v);

}  // namespace zo
