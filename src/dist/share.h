#pragma once
#include <span>
#include <vector>

namespace zo {

/// Which of `ranks` computes which piece of work, so that their sums of `efforts` (any unit, ≥ 0) are
/// close: the dearest first, each to the rank that has least, the lower one of two. A pure function,
/// so every rank finds the same.
std::vector<int> share_by_effort(std::span<const double> efforts, int ranks);

}  // namespace zo
