#pragma once
#include <cmath>

#include "src/base/hd.h"

namespace zo {

/// One channel of a normalisation at the base point: with centred pre-activations c = y − shift the
/// output is z = gain·(c − offset) + β, gain = γ/√(variance + ε).
struct BaseNorm {
  double scale = 1.0;     // γ
  double variance = 1.0;  // biased
  double offset = 0.0;    // mean of c, or running mean − shift
  double epsilon = 0.0;
};

/// How a perturbed channel changes the normalised value: z' − z = slope·dy + base·c + constant,
/// where dy is the change of the pre-activation.
struct NormDifference {
  double slope, base, constant;
};

/// gain of `norm`: γ/√(variance + ε).
ZO_HD inline double norm_gain(const BaseNorm& norm) {
  return norm.scale / std::sqrt(norm.variance + norm.epsilon);
}

/// Change of a channel's BatchNorm whose batch statistics follow the perturbed rows. `sum` = Σ dy
/// and `square` = Σ dy·(2c + dy) over the `count` elements of the channel; `scale_edit` and
/// `shift_edit` are changes of γ and β. Only differences are summed, so nothing cancels:
///   mean' − mean = sum/count = m,   var' − var = square/count − 2·offset·m − m².
ZO_HD inline NormDifference batch_norm_difference(const BaseNorm& norm,
                                                  double sum,
                                                  double square,
                                                  double count,
                                                  double scale_edit,
                                                  double shift_edit) {
  const double moved = sum / count;
  const double variance =
      norm.variance + (square / count - 2.0 * norm.offset * moved - moved * moved);
  const double slope = (norm.scale + scale_edit) / std::sqrt(variance + norm.epsilon);
  const double base = slope - norm_gain(norm);
  return {slope, base, shift_edit - base * norm.offset - slope * moved};
}

/// The same with statistics that stay (running statistics, or no normalisation at all).
ZO_HD inline NormDifference fixed_norm_difference(const BaseNorm& norm,
                                                  double scale_edit,
                                                  double shift_edit) {
  const double inverse = 1.0 / std::sqrt(norm.variance + norm.epsilon);
  const double base = scale_edit * inverse;
  return {(norm.scale + scale_edit) * inverse, base, shift_edit - base * norm.offset};
}

}  // namespace zo
