#pragma once
#include "src/estimators/curvature/curvature.h"

namespace zo {

/// E2: exact pairs at the start of a period, then joint fits of gradient and pair to gradient
/// probes whose pattern rotates, with a default ridge of 1e-3 (methods.md 1.6).
std::unique_ptr<Curvature> make_rotating(const CurvatureOptions& options);

/// One joint fit of gradient and pair at the present point to the probes of all `records` (present
/// one first), each against its own base. The records' patterns should differ; the ridge holds only
/// the Hessian. `packed` as for fit_secant; a dropped probe drops its row.
void fit_anchored(const Subspace& subspace,
                  std::span<const Record> records,
                  double ridge,
                  std::span<double> packed);

}  // namespace zo
