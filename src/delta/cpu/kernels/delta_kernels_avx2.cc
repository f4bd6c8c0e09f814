#define ZO_ISA avx2
#define ZO_VECTOR_BYTES 32
#define ZO_OUT_BLOCK 4
#include "src/delta/cpu/kernels/delta_kernels_body.h"
#include "src/delta/cpu/kernels/delta_kernels_isa.h"

namespace zo::avx2 {
const DeltaKernels<float, float> kFloat = kernel_table<float, float>("avx2");
const DeltaKernels<float, Bf16> kBf16 = kernel_table<float, Bf16>("avx2");
const DeltaKernels<double, double> kDouble = kernel_table<double, double>("avx2");
}  // namespace zo::avx2
