#pragma once
#include "src/estimators/curvature/curvature.h"

namespace zo {

/// E3: exact blocks of any size at the start of a period, held for the period. With
/// `adaptive_order` they are left out, and stay as the prior made them, while the spectrum is flat
/// (OrderSwitch).
std::unique_ptr<Curvature> make_lazy(const CurvatureOptions& options);

}  // namespace zo
