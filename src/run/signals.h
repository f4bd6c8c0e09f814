#pragma once

namespace zo {

/// While it lives, the first SIGINT, SIGTERM or SIGHUP (a closed terminal) is only noted, so that the
/// step in progress can end and be saved; the second ends the process at once with its exit code. One at
/// a time.
class SignalGuard {
 public:
  SignalGuard();
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;
  /// The signal that came, 0 while none has.
  static int received();
};

/// From now on a write that nobody reads, or beyond the limit of a file's size, fails with a reason
/// instead of ending the process.
void let_writes_fail();

}  // namespace zo
