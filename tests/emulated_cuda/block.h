#pragma once
#include <functional>

namespace zo::testing {

/// The threads of a block of the emulated GPU: fibres that run one at a time.
class EmulatedBlock {
 public:
  /// Runs `body` as each of `threads` threads; `enter(t)` is called whenever thread t begins or goes
  /// on. Throws std::logic_error where some threads reach a barrier that others do not.
  static void run(unsigned threads,
                  const std::function<void(unsigned)>& enter,
                  const std::function<void()>& body);
  /// The barrier: gives way to the other threads until all have reached it.
  static void synchronise();
  /// In which order threads take their turns between two barriers: by ascending number (as at the
  /// start) or descending. What depends on it lacks a barrier.
  static void descend(bool descending);
};

}  // namespace zo::testing
