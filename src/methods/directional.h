#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "src/base/options.h"
#include "src/oracle/loss_oracle.h"

namespace zo {

/// What the methods that move along random directions share.

/// Whether a method whose update needs no base loss asks it too, one query a step more.
enum class BaseQuery {
  Auto,  // where θ has normalisation layers, whose running statistics follow the base points
  On,
  Off,
};
/// Their words.
const Names<BaseQuery>& base_query_names();
constexpr const char* kBaseQueryHelp =
    "ask the base loss too, one query a step, for the log and BatchNorm's running statistics; "
    "auto: with BatchNorm";
/// What `choice` means for θ of this layout.
bool asks_base(BaseQuery choice, const Layout& layout);

/// Mean of the finite values; NaN when there is none.
double finite_mean(std::span<const double> values);

/// Which entries weight decay pulls to zero.
enum class Decay {
  All,      // HiZOO
  Weights,  // MeZO: neither biases nor normalisation layers
};

/// θ ← θ + Σ scale·v − shrink·θ on the entries that `decay` names; memory of order d only where
/// shrink > 0. False, with θ untouched, when the movement could carry θ out of range.
bool move_along(LossOracle& oracle,
                std::vector<DenseProbe> directions,
                double shrink = 0.0,
                Decay decay = Decay::All);

}  // namespace zo
