#define ZO_ISA amx
#define ZO_VECTOR_BYTES 64
#define ZO_OUT_BLOCK 8
#define ZO_BF16_PRODUCTS "src/delta/cpu/kernels/bf16_amx.h"
#include "src/delta/cpu/kernels/bf16_conv_body.h"
#include "src/delta/cpu/kernels/delta_kernels_isa.h"

namespace zo::amx {
const DeltaKernels<float, Bf16> kBf16 = bf16_kernel_table("amx");
}  // namespace zo::amx
