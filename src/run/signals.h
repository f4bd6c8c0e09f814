#pragma once
#include <array>
#include <csignal>

namespace zo {

struct StopSignal {
  int number;
  const char* name;
};
/// What asks a process to end: beside SIGINT and SIGTERM a closed terminal, a queue's notice that its
/// time is nearly up, and a limit on the time of processors.
inline constexpr std::array<StopSignal, 5> kStopSignals{{{SIGINT, "SIGINT"},
                                                         {SIGTERM, "SIGTERM"},
                                                         {SIGHUP, "SIGHUP"},
                                                         {SIGUSR1, "SIGUSR1"},
                                                         {SIGXCPU, "SIGXCPU"}}};

/// While it lives, the first of kStopSignals is only noted, so that the step in progress can end and be
/// saved; the second ends the process at once with its exit code. One at a time.
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
