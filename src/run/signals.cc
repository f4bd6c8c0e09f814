#include "src/run/signals.h"

#include <unistd.h>

#include <cstddef>

namespace zo {
namespace {

volatile std::sig_atomic_t noted = 0;

void note(int signal) {
  // SIGXCPU comes every second until SIGKILL does.
  if (noted != 0 && signal != SIGXCPU) _exit(128 + signal);
  noted = signal;
}

std::array<struct sigaction, kStopSignals.size()> before{};

}  // namespace

SignalGuard::SignalGuard() {
  noted = 0;
  struct sigaction action = {};
  action.sa_handler = note;
  // Without SA_RESTART a write to a pipe could fail with EINTR in the middle of a line.
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < kStopSignals.size(); ++i) {
    sigaction(kStopSignals[i].number, nullptr, &before[i]);
    // What `nohup` and a shell's background jobs are told to ignore stays ignored.
    if (before[i].sa_handler != SIG_IGN) sigaction(kStopSignals[i].number, &action, nullptr);
  }
}

SignalGuard::~SignalGuard() {
  for (std::size_t i = 0; i < kStopSignals.size(); ++i) {
    sigaction(kStopSignals[i].number, &before[i], nullptr);
  }
}

void let_writes_fail() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

int SignalGuard::received() { return noted; }

}  // namespace zo
