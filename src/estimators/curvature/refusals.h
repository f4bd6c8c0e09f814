#pragma once
#include <string>

#include "src/estimators/curvature/curvature.h"

namespace zo {

/// Refusals that several kinds share, each an Error(Usage) with the reason and the way out. `name`
/// is the kind's word.

/// The blocks are the kind's substance: they cannot be left out while the spectrum is flat.
void refuse_adaptive_order(const CurvatureUse& use, const std::string& name);
/// A fit determines the 3 unknowns of a pair and no more.
void refuse_larger_blocks(const CurvatureUse& use, const std::string& name);
/// Only the whole space may leave a remainder, which becomes a smaller block.
void refuse_rest(const CurvatureUse& use);
/// The pairing reads off-diagonal entries, and there are none that are exact.
void refuse_missing_couplings(const CurvatureUse& use, const std::string& name);

}  // namespace zo
