#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "src/base/layout.h"
#include "src/estimators/rge.h"
#include "src/oracle/loss_oracle.h"

namespace zo {

/// Sparse-gradient masks of DeepZero (methods.md 2.2, 2.3). Weights of convolutions and linear
/// layers (and the parameter of a plain function) can be masked; biases, norm scales and norm
/// shifts are always active.
bool maskable(Role role);

/// How many coordinates a mask of this density makes active: round(density · maskable) and
/// everything else.
std::int64_t active_count(const Layout& layout, double density);

/// ZO-GraSP: how many coordinates of every segment the best round(density · maskable) scores fall
/// on; the score of θ_i is |θ_i (Hg)_i|, ties go to the smaller index. Segments that cannot be
/// masked count in full.
std::vector<std::int64_t> grasp_counts(const Layout& layout,
                                       std::span<const double> theta,
                                       std::span<const double> hessian_gradient,
                                       double density);

/// Hg of ZO-GraSP: (g(θ + μg) − g(θ))/μ with g = rge_per_tensor of q directions at θ, then of q
/// fresh ones at the shifted point. 2q + 1 probes, and the base where it is not known yet.
std::vector<double> zo_hessian_gradient(LossOracle& oracle,
                                        double mu,
                                        std::int64_t q,
                                        DirectionStream stream);

/// Mask number `number`: in every segment a uniformly random choice of `counts` coordinates,
/// ascending, drawn by Philox from (seed, Mask, number).
std::vector<std::int64_t> layerwise_random_mask(const Layout& layout,
                                                std::span<const std::int64_t> counts,
                                                std::uint64_t seed,
                                                std::int64_t number);

}  // namespace zo
