#define ZO_ISA baseline
#define ZO_VECTOR_BYTES 16
#define ZO_OUT_BLOCK 4
#include "src/delta/cpu/kernels/delta_kernels_body.h"
#include "src/delta/cpu/kernels/delta_kernels_isa.h"

namespace zo::baseline {
const DeltaKernels<float, float> kFloat = kernel_table<float, float>("baseline");
const DeltaKernels<float, Bf16> kBf16 = kernel_table<float, Bf16>("baseline");
const DeltaKernels<double, double> kDouble = kernel_table<double, double>("baseline");
}  // namespace zo::baseline
