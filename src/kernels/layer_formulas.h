#pragma once
#include "src/base/hd.h"

/// What a layer does to one number, or to a vector of them lane by lane: V is float, double or one
/// of the compiler's vector types, T its scalar. Every function is inlined into its caller: a copy
/// of its own could be one that was compiled for a processor other than this one.
#define ZO_FORMULA ZO_HD inline __attribute__((always_inline))

namespace zo {

/// The larger; a NaN on either side survives, and so a maximum taken one by one keeps it.
template <class V>
ZO_FORMULA V larger_or_nan(V a, V b) {
  return (a > b) | (a != a) ? a : b;
}

/// max(z, 0); a NaN stays.
template <class V>
ZO_FORMULA V relu(V z) {
  const V zero{};
  return zero > z ? zero : z;
}

/// relu(z + dz) − relu(z), relative to dz and not to z: where z > 0 it is max(dz, −z), else
/// max(z + dz, 0). A NaN in dz stays.
template <class V>
ZO_FORMULA V relu_difference(V z, V dz) {
  const V zero{};
  const V below = z > zero ? zero : z;
  const V above = z > zero ? -z : zero;
  const V moved = dz + below;
  return above > moved ? above : moved;
}

/// A channel as it leaves its normalisation, c its centred input.
template <class V, class T>
ZO_FORMULA V normalised(T gain, V c, T shift) {
  return gain * c + shift;
}

/// How that changes with the change dy of its input: see NormDifference.
template <class V>
ZO_FORMULA V normalised_difference(V slope, V dy, V base, V c, V constant) {
  return slope * dy + (base * c + constant);
}

/// (c + dy)² − c², what a change of the input adds to the sum of squares.
template <class V>
ZO_FORMULA V square_difference(V c, V dy) {
  return dy * (c + c + dy);
}

/// The maximum of the four numbers of a pooling window.
template <class V>
ZO_FORMULA V pooled(const V (&a)[4]) {
  return larger_or_nan(larger_or_nan(larger_or_nan(a[0], a[1]), a[2]), a[3]);
}

/// pooled(a + da) − pooled(a), relative to da and not to a.
template <class V>
ZO_FORMULA V pooled_difference(const V (&a)[4], const V (&da)[4]) {
  const V largest = pooled(a);
  return pooled<V>({(a[0] - largest) + da[0],
                    (a[1] - largest) + da[1],
                    (a[2] - largest) + da[2],
                    (a[3] - largest) + da[3]});
}

}  // namespace zo
