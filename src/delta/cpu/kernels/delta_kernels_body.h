#pragma once
#include "src/delta/cpu/kernels/loss_body.h"
#include "src/delta/cpu/kernels/pointwise_body.h"
#include "src/delta/cpu/kernels/pool_body.h"
#include "src/delta/cpu/kernels/winograd_body.h"
#include "src/delta/cpu/kernels/winograd_strided_body.h"

namespace zo::ZO_ISA {

template <class T, class S>
constexpr DeltaKernels<T, S> kernel_table(const char* name) {
  return {.name = name,
          .lanes = kLanes<T>,
          .out_block = kOutBlock,
          .bf16_outs = 0,
          .bf16_first = false,
          .activate = activate<T, S>,
          .pool = pool<T, S>,
          .conv_pool = conv_pool<T>,
          .fill = fill<T>,
          .convs = {conv_kernel<DirectConv, T, S>(),
                    conv_kernel<TiledConv<T, WinogradForm<T>>, T, S>(),
                    conv_kernel<TiledConv<T, StridedForm<T>>, T, S>(),
                    {}},
          .linear = linear<T>,
          .shift = shift<T, S>,
          .add_scaled = add_scaled<T>,
          .finish = finish<T, S>,
          .remove_mean = remove_mean<T, S>,
          .center = center<T>,
          .activate_base = activate_base<T>,
          .max_pool = max_pool<T>,
          .mean = mean<T>,
          .cross_entropy = cross_entropy<T>};
}

}  // namespace zo::ZO_ISA
