#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace zo {

/// One block of a Fisher matrix: with J_t [length, B] what step t of a period saw of B examples,
///     F = mean over t of J_t J_tᵀ / B
/// Kept as a matrix, or, where the block is longer than that, as its columns J_t: a block of thousands
/// has more entries than the examples of a period have.
class FisherBlock {
 public:
  static constexpr std::int64_t kLongestMatrix = 512;

  explicit FisherBlock(std::int64_t length, std::int64_t longest_matrix = kLongestMatrix);

  /// Adds the J of a step, row-major, with the same number of `examples` each time.
  void add(std::span<const double> j, std::int64_t examples);
  /// (F + λI)⁻¹ g after one add() or more, λ > 0. From columns C = (J_1 … J_n) by Woodbury:
  ///     (F + λI)⁻¹ g = (g − C (nBλI + CᵀC)⁻¹ Cᵀg)/λ
  std::vector<double> solve(std::span<const double> g, double damping) const;

  /// Appends the matrix times its steps, packed, or the columns step by step.
  void save(std::vector<double>& numbers) const;
  /// How many numbers that is after `steps` add()s of `examples`.
  std::size_t saved(std::int64_t steps, std::int64_t examples) const;
  /// Takes them back.
  void load(std::span<const double> numbers, std::int64_t steps, std::int64_t examples);

 private:
  std::int64_t length_, steps_ = 0, examples_ = 0;
  bool columns_kept_;
  std::vector<double> sum_;                    // F times steps_, packed
  std::vector<std::vector<double>> columns_;   // J_t
  std::vector<std::vector<double>> products_;  // J_tᵀ(J_1 … J_t), [B, tB]
};

}  // namespace zo
