#pragma once
#include <cmath>
#include <cstdint>

#include "src/base/hd.h"

namespace zo {

/// Cross-entropy of one row in nats: log Σ_c exp(logits_c) − logits_target, in double, classes
/// summed in order after subtracting the largest logit. Not finite where a logit is not. `logits`
/// is a pointer, or anything else that [c] gives logit c of.
template <class Logits>
ZO_HD inline double cross_entropy_row(Logits logits, int classes, std::int32_t target) {
  double largest = static_cast<double>(logits[0]);
  for (int c = 1; c < classes; ++c) {
    const double logit = static_cast<double>(logits[c]);
    if (logit > largest) largest = logit;
  }
  double sum = 0.0;
  for (int c = 0; c < classes; ++c) sum += std::exp(static_cast<double>(logits[c]) - largest);
  return std::log(sum) + (largest - static_cast<double>(logits[target]));
}

/// The mean of `count` losses, summed in order: what every oracle makes of the losses of examples.
ZO_HD inline double mean_of_rows(const double* losses, std::int64_t count) {
  double sum = 0.0;
  for (std::int64_t row = 0; row < count; ++row) sum += losses[row];
  return sum / static_cast<double>(count);
}

/// losses[row] = cross-entropy of every row of `logits` [rows, classes], row-major.
template <class T>
ZO_HD inline void cross_entropy_rows(
    const T* logits, const std::int32_t* labels, std::int64_t rows, int classes, double* losses) {
  for (std::int64_t row = 0; row < rows; ++row) {
    losses[row] = cross_entropy_row(logits + row * classes, classes, labels[row]);
  }
}

}  // namespace zo
