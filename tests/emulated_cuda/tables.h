#pragma once
#include "src/delta/stacked/table.h"

namespace zo::testing {

/// The launchers of libzotrain_cuda.so, compiled for the emulated GPU.
const StackedTables& emulated_stacked_tables();

}  // namespace zo::testing
