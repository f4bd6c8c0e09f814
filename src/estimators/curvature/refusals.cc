#include "src/estimators/curvature/refusals.h"

#include <algorithm>

#include "src/base/error.h"

namespace zo {

void refuse_adaptive_order(const CurvatureUse& use, const std::string& name) {
  if (!use.adaptive_order) return;
  fail_usage(
      "--adaptive-order: leaves out the probes of exact blocks, and --hessian is {}; give "
      "--hessian lazy",
      name);
}

void refuse_larger_blocks(const CurvatureUse& use, const std::string& name) {
  if (use.block == 2) return;
  fail_usage(
      "--block {}: --hessian {} fits pairs, whose 3 unknowns the probes of two steps determine; "
      "larger blocks have more unknowns than equations. Give --block 2 or --hessian lazy",
      use.block,
      name);
}

void refuse_rest(const CurvatureUse& use) {
  if (use.subspace == 0 || use.subspace == use.dimension) return;
  if (use.block > use.subspace) {
    fail_usage(
        "--block {}: is larger than --subspace {}; give at most that", use.block, use.subspace);
  }
  const std::int64_t rest = use.subspace % use.block;
  if (rest == 0) return;
  fail_usage("--subspace {}: cannot be cut into blocks of {}; give {} or {}",
             use.subspace,
             use.block,
             use.subspace - rest,
             std::min(use.subspace - rest + use.block, use.dimension));
}

void refuse_missing_couplings(const CurvatureUse& use, const std::string& name) {
  if (!use.reads_couplings) return;
  fail_usage(
      "--pairing {}: reads exact blocks, and --hessian {} has none; give --hessian lazy, secant "
      "or rotating",
      use.pairing,
      name);
}

}  // namespace zo
