#pragma once
#include "src/delta/cpu/kernels/vector_body.h"

namespace zo::ZO_ISA {

typedef std::int64_t Integers __attribute__((vector_size(ZO_VECTOR_BYTES)));

/// eˣ for x ≤ 0 to two units in the last place; 0 below −708, NaN for NaN. x = n·ln 2 + r with |r| ≤
/// ½ ln 2, and eʳ by its series to r¹³, whose rest is below 5e-18.
ZO_INLINE Vec<double> exp_of_negative(Vec<double> x) {
  constexpr double kLog2E = 0x1.71547652b82fep+0;
  constexpr double kLn2High = 0x1.62e42fee00000p-1, kLn2Low = 0x1.a39ef35793c76p-33;
  constexpr double kRound = 0x1.8p52;  // added, it leaves the nearest whole number in the last bits
  constexpr double kSeries[] = {1.0 / 6227020800,
                                1.0 / 479001600,
                                1.0 / 39916800,
                                1.0 / 3628800,
                                1.0 / 362880,
                                1.0 / 40320,
                                1.0 / 5040,
                                1.0 / 720,
                                1.0 / 120,
                                1.0 / 24,
                                1.0 / 6,
                                1.0 / 2,
                                1.0,
                                1.0};
  const Vec<double> shifted = x * kLog2E + kRound, n = shifted - kRound;
  const Vec<double> r = (x - n * kLn2High) - n * kLn2Low;
  Vec<double> sum = spread(kSeries[0]);
  for (int i = 1; i < 14; ++i) sum = sum * r + kSeries[i];
  const Integers exponent = (reinterpret_cast<Integers>(shifted) + 1023) << 52;
  const Vec<double> value = sum * reinterpret_cast<Vec<double>>(exponent);
  return x < -708.0 ? Vec<double>{} : value;
}

/// What cross_entropy_row computes, for a vector of pictures at once.
template <class T>
void cross_entropy(
    const double* base, const T* change, const std::int32_t* labels, int classes, double* losses) {
  constexpr int kParts = kLanes<T> / kLanes<double>;
  const auto logit = [&](int c, int part) {
    Vec<double> value = load(base, std::int64_t{c} * kParts + part);
    if (change == nullptr) return value;
    const T* from = change + (std::int64_t{c} * kParts + part) * kLanes<double>;
    Vec<double> moved;
    for (int lane = 0; lane < kLanes<double>; ++lane) moved[lane] = static_cast<double>(from[lane]);
    return value + moved;
  };
  for (int part = 0; part < kParts; ++part) {
    Vec<double> largest = logit(0, part), sum{}, target{};
    Integers label;
    for (int lane = 0; lane < kLanes<double>; ++lane)
      label[lane] = labels[part * kLanes<double> + lane];
    for (int c = 1; c < classes; ++c) {
      const Vec<double> value = logit(c, part);
      largest = value > largest ? value : largest;
    }
    for (int c = 0; c < classes; ++c) {
      const Vec<double> value = logit(c, part);
      target = label == std::int64_t{c} ? value : target;
      sum += exp_of_negative(value - largest);
    }
    for (int lane = 0; lane < kLanes<double>; ++lane) {
      losses[part * kLanes<double> + lane] =
          __builtin_log(sum[lane]) + (largest[lane] - target[lane]);
    }
  }
}

}  // namespace zo::ZO_ISA
