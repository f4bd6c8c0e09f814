#include "src/delta/stacked/table.h"
#include "src/kernels/cuda/library.h"

namespace zo {

const StackedTables& cuda_stacked_tables() {
  static const StackedTables tables = [] {
    StackedTables filled;
    if (const auto fill = cuda_library().stacked_kernels; fill != nullptr) {
      fill(&filled.float32, &filled.bf16, &filled.float64);
    }
    return filled;
  }();
  return tables;
}

}  // namespace zo
