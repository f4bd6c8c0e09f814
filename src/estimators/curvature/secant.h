#pragma once
#include "src/estimators/curvature/curvature.h"

namespace zo {

/// E1: exact pairs at the start of a period, then fits of gradient secants, whose default ridge
/// is 1 (methods.md 1.4, A3).
std::unique_ptr<Curvature> make_secant(const CurvatureOptions& options);

/// Re-estimates the pairs of `subspace` from the base points `records` of a period, the present one
/// first, at no query: H s = y for the secants s = x^t − x^t', y = g^t − g^t' of consecutive records
/// (all Pattern::Forward with one ε, so that the bias of the differences cancels). A secant shorter
/// than 10 · `unit` · ‖x‖ (`unit` = unit roundoff of θ) is left out. `packed` holds the previous
/// blocks, the prior of a ridge of weight `ridge`, and receives the new ones; a pair without any
/// equation stays, a last single coordinate is fitted alone.
void fit_secant(const Subspace& subspace,
                std::span<const Record> records,
                double ridge,
                double unit,
                std::span<double> packed);

}  // namespace zo
