#pragma once
#include "src/kernels/cpu/pointwise_body.h"
#include "src/kernels/cpu/winograd_body.h"

namespace zo::ZO_ISA {

template <class T, class S>
constexpr DeltaKernels<T, S> kernel_table(const char* name) {
  return {name,
          kLanes<T>,
          kOutBlock,
          activate<T, S>,
          fill<T>,
          conv<T>,
          winograd<T>,
          conv_keep<T, S>,
          winograd_keep<T, S>,
          winograd_scratch<T>,
          linear<T>,
          add_scaled<T>,
          finish<T, S>,
          center<T>,
          activate_base<T>,
          max_pool<T>,
          mean<T>};
}

}  // namespace zo::ZO_ISA
