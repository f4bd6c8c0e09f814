#include "tests/emulated_cuda/tables.h"

#include "src/kernels/cuda/api.h"

namespace zo::testing {

const StackedTables& emulated_stacked_tables() {
  static const StackedTables tables = [] {
    StackedTables filled;
    zo_cuda_stacked_kernels(&filled.float32, &filled.bf16, &filled.float64);
    return filled;
  }();
  return tables;
}

}  // namespace zo::testing
