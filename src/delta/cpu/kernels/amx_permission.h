#pragma once

namespace zo {

/// Whether this processor multiplies tiles of bfloat16 (AMX) and the kernel lets this process use
/// their registers; asks the kernel once.
bool may_use_amx();

}  // namespace zo
