#include "src/run/signals.h"

#include <unistd.h>

#include <csignal>

namespace zo {
namespace {

volatile std::sig_atomic_t noted = 0;

void note(int signal) {
  if (noted != 0) _exit(128 + signal);
  noted = signal;
}

void handle_all(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  // Without SA_RESTART a write to a pipe could fail with EINTR in the middle of a line.
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGHUP, &action, nullptr);
}

}  // namespace

SignalGuard::SignalGuard() {
  noted = 0;
  handle_all(note);
}

SignalGuard::~SignalGuard() { handle_all(SIG_DFL); }

void let_writes_fail() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

int SignalGuard::received() { return noted; }

}  // namespace zo
