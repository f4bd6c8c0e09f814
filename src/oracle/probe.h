#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "src/kernels/direction.h"

namespace zo {

/// θ_index += delta, rounded once to the storage precision of θ.
struct Edit {
  std::int64_t index = 0;
  double delta = 0.0;
};

/// θ + Σ_k δ_k e_{i_k}: one to eight edits of different coordinates.
class SparseProbe {
 public:
  static constexpr int kMaxEdits = 8;
  /// Throws Error(Run) for no edits, more than kMaxEdits, or one coordinate twice.
  explicit SparseProbe(std::span<const Edit> edits);
  std::span<const Edit> edits() const { return {edits_.data(), static_cast<std::size_t>(count_)}; }

 private:
  std::array<Edit, kMaxEdits> edits_;
  int count_ = 0;
};

/// A dense direction v and how far to go along it: scale · v. Either v_i = weight_i · D(seed)_i, D
/// drawn by the counter generator (weights null: all one), or v is an explicit vector of length d.
struct DenseProbe {
  double scale = 0.0;
  std::uint64_t seed = 0;
  Law law = Law::Gaussian;
  std::shared_ptr<const std::vector<double>> weights;
  std::shared_ptr<const std::vector<double>> vector;
};

/// A perturbed point described without a copy of the weights (architecture.md, "Contracts").
using Probe = std::variant<SparseProbe, DenseProbe>;

/// θ + δ e_i.
Probe coordinate_probe(std::int64_t index, double delta);
/// θ + δ_a e_a + δ_b e_b, a ≠ b.
Probe pair_probe(Edit a, Edit b);

/// Entry `index` of the direction of `probe` before scaling.
double direction_entry(const DenseProbe& probe, std::int64_t index);
/// Adds scale · v to `values` (length d), entry by entry in double.
void add_direction(const DenseProbe& probe, std::span<double> values);

/// A change of θ: the only way it moves. All parts are summed in double and rounded once.
struct Update {
  std::vector<Edit> edits;             // different coordinates
  std::vector<double> dense;           // empty, or of length d
  std::vector<DenseProbe> directions;  // θ += Σ scale·v
};

/// Adds all parts of `update` to `values` (length d), one after the other in double.
void add_update(const Update& update, std::span<double> values);
/// The sum of all parts of `update` for each of `dimension` coordinates, in double.
std::vector<double> total_change(const Update& update, std::int64_t dimension);

}  // namespace zo
