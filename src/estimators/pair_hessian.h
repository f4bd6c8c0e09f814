#pragma once
#include <span>

#include "src/estimators/cge.h"
#include "src/estimators/exact_block.h"
#include "src/estimators/subspace.h"

namespace zo {

/// Basis of the literal fit: the paper's [½p², pr, ½r²], or the one that agrees with forward
/// differences.
enum class Basis { Plain, Consistent };

/// Re-estimates the 2×2 blocks of `subspace` (block = 2) from stored evaluations, at no query
/// (methods.md 1.2 and 1.6). `records` are the base points of the period, the present one first;
/// `packed` holds the previous blocks, the prior of a ridge of weight `ridge`, and receives the new
/// ones. A dropped probe drops its rows; a pair whose equations cannot be solved becomes NaN; a
/// pair without any equation keeps its block. A last single coordinate is fitted alone.

/// Probes that start a period of the literal variant: (−l, 0), (0, −l), (l, l), (−l, −l) a pair, −l
/// for a single.
std::int64_t grid_count(const Subspace& subspace);
HessianProbes plan_grid(const LossOracle& oracle,
                        const Subspace& subspace,
                        const Record& record,
                        double radius,
                        std::vector<Probe>& probes);

/// E0, the paper to the letter: polynomial fit of old losses after subtracting the *present* base
/// loss and linear part. Points: the grid around `records[grid_at]` where `grid` is given, and the
/// gradient probes of every record behind the first. Wrong for more than one pair (methods.md 1.5):
/// kept to show just that.
void fit_literal(const Subspace& subspace,
                 std::span<const Record> records,
                 const HessianProbes* grid,
                 std::size_t grid_at,
                 Basis basis,
                 double ridge,
                 std::span<double> packed);

/// E1: secants s = x^t − x^t', y = g^t − g^t' of consecutive records (all Pattern::Forward with one
/// ε, so that the bias of the differences cancels). A secant shorter than 10 · `unit` · ‖x‖ (`unit`
/// = unit roundoff of θ) is left out.
void fit_secant(const Subspace& subspace,
                std::span<const Record> records,
                double ridge,
                double unit,
                std::span<double> packed);

/// E2: one joint fit of gradient and block at the present point to the probes of all records, each
/// against its own base. The records' patterns should differ; the ridge holds only the Hessian.
void fit_anchored(const Subspace& subspace,
                  std::span<const Record> records,
                  double ridge,
                  std::span<double> packed);

}  // namespace zo
