#pragma once
#include "src/delta/cpu/kernels/delta_kernels.h"
#include "src/kernels/bf16.h"

// One namespace a vector width; on processors other than x86-64 only the baseline exists.
#define ZO_DECLARE_DELTA_KERNELS(ISA)                \
  namespace ISA {                                    \
  extern const DeltaKernels<float, float> kFloat;    \
  extern const DeltaKernels<float, Bf16> kBf16;      \
  extern const DeltaKernels<double, double> kDouble; \
  }

namespace zo {
ZO_DECLARE_DELTA_KERNELS(avx512)
ZO_DECLARE_DELTA_KERNELS(avx2)
ZO_DECLARE_DELTA_KERNELS(baseline)

// Processors that multiply in bfloat16.
namespace amx {
extern const DeltaKernels<float, Bf16> kBf16;
}
namespace avx512bf16 {
extern const DeltaKernels<float, Bf16> kBf16;
}
}  // namespace zo
#undef ZO_DECLARE_DELTA_KERNELS
