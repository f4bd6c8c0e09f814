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

/// What is added behind the gain: z = gain·c + norm_shift, with `beta` = β.
ZO_HD inline double norm_shift(const BaseNorm& norm, double beta) {
  return beta - norm_gain(norm) * norm.offset;
}

/// The statistics of a batch from Σ c and Σ c² over the `count` elements of a channel.
ZO_HD inline void use_batch_moments(double sum, double square, double count, BaseNorm& norm) {
  norm.offset = sum / count;
  norm.variance = square / count - norm.offset * norm.offset;
}

/// Variance of a channel's perturbed rows. `sum` = Σ dy and `square` = Σ dy·(2c + dy) over the
/// `count` elements of the channel:
///   mean' − mean = sum/count = m,   var' − var = square/count − 2·offset·m − m².
/// Only differences are summed, so a small change keeps its digits; what a large one keeps says
/// removable_mean.
ZO_HD inline double perturbed_variance(const BaseNorm& norm,
                                       double sum,
                                       double square,
                                       double count) {
  const double moved = sum / count;
  return norm.variance + (square / count - 2.0 * norm.offset * moved - moved * moved);
}

/// The mean of dy where it costs digits, else 0. In var' the squares of a change of mean m cancel
/// but for the rounding of their sums, u·m² with u the rounding of the sums: a loss of more than
/// half the digits of u·var' where m² > var' + ε. Batch statistics do not see the mean of dy, so
/// such a dy may be replaced by dy − m with new moments; smaller ones stay as they are.
ZO_HD inline double removable_mean(const BaseNorm& norm, double sum, double square, double count) {
  const double moved = sum / count;
  const double variance = perturbed_variance(norm, sum, square, count);
  return moved * moved > variance + norm.epsilon ? moved : 0.0;
}

/// Change of a channel's BatchNorm whose batch statistics follow the perturbed rows, with moments
/// as perturbed_variance takes them; `scale_edit` and `shift_edit` are changes of γ and β.
ZO_HD inline NormDifference batch_norm_difference(const BaseNorm& norm,
                                                  double sum,
                                                  double square,
                                                  double count,
                                                  double scale_edit,
                                                  double shift_edit) {
  const double moved = sum / count;
  const double variance = perturbed_variance(norm, sum, square, count);
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
