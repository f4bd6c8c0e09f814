#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "src/base/layout.h"
#include "src/base/options.h"
#include "src/base/state.h"
#include "src/estimators/subspace.h"
#include "src/oracle/loss_oracle.h"

namespace zo {

/// Who shares a 2×2 block with whom (methods.md 1.11c).
enum class PairingKind {
  Random,   // neighbours of the draw
  Sticky,   // pairs whose exact block showed coupling stay; tested ones without are not retried
  Learned,  // greedy matching on couplings that past steps' secants tell
  Coded,    // greedy matching on couplings measured once by ⌈log₂ d⌉ + 1 displaced gradients
  SameFilter,  // neighbours inside an output filter (a tensor of one dimension is one filter)
};
const Names<PairingKind>& pairing_names();

/// Disjoint pairs of heaviest weights first: `weight` is n×n row-major, only its upper triangle is
/// read. Returns the partner of each of the n, −1 for the last one of an odd n.
std::vector<std::int64_t> greedy_matching(std::span<const double> weight, std::int64_t n);

/// Puts the drawn coordinates of a period in an order whose consecutive pairs share a block.
class Pairing {
 public:
  static constexpr std::int64_t kMostLearned = 2000;  // Learned and Coded keep d² numbers

  Pairing(PairingKind kind, const Layout& layout);

  /// As many different coordinates as `drawn`, pairs side by side. A coordinate whose partner was
  /// not drawn brings it along, in the place of one drawn later.
  std::vector<std::int64_t> arrange(const std::vector<std::int64_t>& drawn) const;

  /// Sticky: blocks of a period, packed as in Subspace. Coupling |h12| / √(|h11||h22|), each |h|
  /// at least `kappa`: from 0.3 on the pair stays, below 0.1 it is not tried again.
  void see_blocks(const Subspace& subspace, std::span<const double> packed, double kappa);
  /// Learned: θ moved by `s` on the coordinates `at` and the gradient there changed by `y`.
  void see_secant(std::span<const std::int64_t> at,
                  std::span<const double> s,
                  std::span<const double> y);

  /// Coded: queries of measure(), (d + 1)(⌈log₂ d⌉ + 1); 0 for the others.
  std::int64_t measure_queries() const;
  bool measured() const { return measured_; }
  /// Coded: asks for the gradients at θ + δR_n, R_0 = (1, …, 1) and R_n(i) = ±1 by bit n − 1 of i,
  /// by differences of step `eps`, and matches by the scores |Σ_n C_n(i) R_n(l)|, C_n = [g(θ +
  /// δR_n) − g]/δ − R_n diag(A). `g`: uncorrected differences of the same step at θ; `diagonal`:
  /// A_ii; both by coordinate.
  void measure(LossOracle& oracle,
               std::span<const double> g,
               std::span<const double> diagonal,
               double eps,
               double delta);

  void save(State& state) const;
  void load(const State& state);

 private:
  bool tested(std::int64_t a, std::int64_t b) const;
  std::vector<std::int64_t> learned_partners(const std::vector<std::int64_t>& drawn) const;

  PairingKind kind_;
  std::int64_t dimension_;
  std::vector<std::int64_t> partner_;  // by coordinate; −1: none
  std::vector<std::int64_t> tested_;   // Sticky: sorted, min·d + max of pairs without coupling
  std::vector<double> products_, squares_;  // Learned: Σ y_i s_l (d×d) and Σ s_l²
  bool measured_ = false;
};

}  // namespace zo
