#define ZO_ISA avx512bf16
#define ZO_VECTOR_BYTES 64
#define ZO_OUT_BLOCK 8
#define ZO_BF16_PRODUCTS "src/delta/cpu/kernels/bf16_dot.h"
#include "src/delta/cpu/kernels/bf16_conv_body.h"
#include "src/delta/cpu/kernels/delta_kernels_isa.h"

namespace zo::avx512bf16 {
const DeltaKernels<float, Bf16> kBf16 = bf16_kernel_table("avx512bf16");
}  // namespace zo::avx512bf16
