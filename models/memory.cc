#include "models/memory.h"

#include <malloc.h>

namespace zo {

void keep_freed_memory() {
  // 32 MiB is the largest threshold that glibc takes; it holds the activations of a batch of 512.
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 512 << 20);
}

}  // namespace zo
