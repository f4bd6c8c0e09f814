#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "src/estimators/rge.h"
#include "src/oracle/probe.h"

namespace zo {

/// Directions number 0 … count − 1 of `stream`, of scale 1, as seeds.
std::vector<DenseProbe> seeded_directions(const DirectionStream& stream,
                                          std::int64_t count,
                                          Law law = Law::Gaussian);

/// The Gaussian directions of `stream` made orthogonal one after the other and stretched to norm
/// √d, as explicit vectors of length `dimension`. Needs count ≤ dimension.
std::vector<DenseProbe> orthogonal_directions(const DirectionStream& stream,
                                              std::int64_t count,
                                              std::int64_t dimension);

/// Entries [first, first + out.size()) of the direction of `probe` before its scale; the same bits
/// as direction_entry. `first` is even.
void direction_entries(const DenseProbe& probe, std::int64_t first, std::span<double> out);

/// All inner products v_k · v_j of the directions before their scales, n×n, row-major. Directions
/// are regenerated piece by piece: O(n) memory, whatever d.
std::vector<double> gram(std::span<const DenseProbe> directions, std::int64_t dimension);

/// True when Σ scale·v moves no coordinate by more than 1e30, so that it cannot carry θ out of
/// float's range; false as well when a scale or an entry is not a number.
bool bounded(std::span<const DenseProbe> directions);

}  // namespace zo
