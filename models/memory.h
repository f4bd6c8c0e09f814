#pragma once

namespace zo {

/// Lets the process keep freed blocks of up to 32 MiB instead of handing them back to the system
/// after every operation: the page faults of fresh activations cost up to half as much as the
/// convolutions. Applies to the whole process; calling it again changes nothing.
void keep_freed_memory();

}  // namespace zo
