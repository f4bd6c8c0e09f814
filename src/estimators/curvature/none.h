#pragma once
#include "src/estimators/curvature/curvature.h"

namespace zo {

/// No curvature: gradient probes only, the control of every comparison.
std::unique_ptr<Curvature> make_none(const CurvatureOptions& options);
/// No blocks of its own and no probes either: FisherStep has them.
std::unique_ptr<Curvature> make_fisher(const CurvatureOptions& options);

}  // namespace zo
