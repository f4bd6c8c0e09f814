#define ZO_ISA avx512
#define ZO_VECTOR_BYTES 64
#define ZO_OUT_BLOCK 8
#include "src/delta/cpu/kernels/delta_kernels_body.h"
#include "src/delta/cpu/kernels/delta_kernels_isa.h"

namespace zo::avx512 {
const DeltaKernels<float, float> kFloat = kernel_table<float, float>("avx512");
const DeltaKernels<float, Bf16> kBf16 = kernel_table<float, Bf16>("avx512");
const DeltaKernels<double, double> kDouble = kernel_table<double, double>("avx512");
}  // namespace zo::avx512
