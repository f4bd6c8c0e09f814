#pragma once
#include "src/estimators/curvature/curvature.h"
#include "src/estimators/curvature/exact_block.h"

namespace zo {

/// E0, the paper to the letter: a grid at the start of a period, then polynomial fits of old losses
/// (methods.md 1.2). Wrong for more than one pair (methods.md 1.5): here to show just that.
std::unique_ptr<Curvature> make_literal(const CurvatureOptions& options);

struct LiteralOptions {
  Basis basis = Basis::Plain;
  double ridge = 1e-6;  // weight of the previous block
};

/// The probes that start a period: (−l, 0), (0, −l), (l, l), (−l, −l) a pair, −l for a single.
std::int64_t grid_count(const Subspace& subspace);
HessianProbes plan_grid(const LossOracle& oracle,
                        const Subspace& subspace,
                        const Record& record,
                        double radius,
                        std::vector<Probe>& probes);

/// Such a grid with its losses, around records[around]; none without `probes`.
struct GridPoints {
  const HessianProbes* probes = nullptr;
  std::size_t around = 0;
};

/// Polynomial fit after subtracting the *present* base loss and linear part. Points: `grid`, and
/// the gradient probes of every record behind the first. `packed` as for fit_secant; a pair without
/// a gradient stays.
void fit_literal(const Subspace& subspace,
                 std::span<const Record> records,
                 GridPoints grid,
                 const LiteralOptions& options,
                 std::span<double> packed);

}  // namespace zo
