#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "src/base/state.h"

namespace zo {

/// Fading means of the gradient and of its square, kept a coordinate of θ, folded when the
/// coordinate is probed and freed of their start by its own number of probes n (Adam's, arXiv
/// 1412.6980):
///     M ← β₁M + (1 − β₁)g,  M̂ = M/(1 − β₁ⁿ);  S ← β₂S + (1 − β₂)g²,  Ŝ = S/(1 − β₂ⁿ)
class Moments {
 public:
  /// `first_decay` = β₁ and `second_decay` = β₂, in [0, 1).
  Moments(double first_decay, double second_decay, std::int64_t dimension);

  /// Takes `g` of coordinate `i`, and what stands for g², which is the mean square where a gradient
  /// is a mean of examples'.
  void fold(std::int64_t i, double g, double square);

  /// n.
  std::int64_t count(std::int64_t i) const { return count_[i]; }
  /// M̂ and Ŝ of a coordinate that was probed, and 1 − β₂ⁿ.
  double mean(std::int64_t i) const;
  double square(std::int64_t i) const;
  double square_weight(std::int64_t i) const;

  /// Under "NAME.first", "NAME.second" and "NAME.count".
  void save(State& state, const std::string& name) const;
  void load(const State& state, const std::string& name);

 private:
  double first_decay_, second_decay_;
  std::vector<double> first_, second_;  // length d: M and S
  std::vector<std::int64_t> count_;     // n
};

}  // namespace zo
