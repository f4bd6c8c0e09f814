#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace zo {

/// H = Σ w_i v_i v_iᵀ + λI, w_i ≥ 0, λ > 0: ZOHA's approximate Hessian (arXiv 1812.11377), positive
/// definite by construction.
class LowRankRoot {
 public:
  /// `columns`: v_i, each of length d; `weights`: w_i.
  LowRankRoot(std::vector<std::vector<double>> columns, std::vector<double> weights, double lambda);
  ~LowRankRoot();
  LowRankRoot(LowRankRoot&&) noexcept;
  LowRankRoot& operator=(LowRankRoot&&) noexcept;

  /// H^(−1/2) u in O(d · columns): u/√λ − C Q diag(1/(√λ √(λ+Λ) (√λ + √(λ+Λ)))) Qᵀ Cᵀ u, with C =
  /// [√w_i v_i] and CᵀC = QΛQᵀ. No differences of nearly equal numbers.
  std::vector<double> apply(std::span<const double> u) const;

 private:
  struct Factors;
  std::unique_ptr<Factors> factors_;
};

}  // namespace zo
