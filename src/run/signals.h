#pragma once

namespace zo {

/// While it lives, the first SIGINT or SIGTERM is only noted, so that the step in progress can end
/// and be saved; the second ends the process at once with the same exit code. One at a time.
class SignalGuard {
 public:
  SignalGuard();
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;
  /// The signal that came, 0 while none has.
  static int received();
};

}  // namespace zo
