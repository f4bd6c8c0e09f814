#pragma once
#include <string>

#include "src/run/run_folder.h"

namespace zo {

/// Keeps other processes from writing into the same run folder while it lives, by an advisory lock on
/// its file `lock` that ends with the process, however it ends. Hosts that share the folder are kept
/// out where the file system passes locks on (NFS 4, Lustre with -o flock).
class RunLock {
 public:
  /// The folder must exist. Throws Error(Usage) that names the process which has it.
  explicit RunLock(const RunFolder& folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace zo
