#include "tests/emulated_cuda/block.h"

#include <setjmp.h>
#include <ucontext.h>

#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace zo::testing {
namespace {

constexpr std::size_t kStackBytes = std::size_t{256} * 1024;

/// AddressSanitizer is told whenever another stack is taken.
void begin_switch([[maybe_unused]] void** shadow,
                  [[maybe_unused]] const void* stack,
                  [[maybe_unused]] std::size_t size) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(shadow, stack, size);
#endif
}
void end_switch([[maybe_unused]] void* shadow,
                [[maybe_unused]] const void** from,
                [[maybe_unused]] std::size_t* size) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(shadow, from, size);
#endif
}

/// A stack, and where on it to go on. A context starts it; jumps, which ask the kernel for nothing,
/// do the rest.
struct Fibre {
  ucontext_t start{};
  jmp_buf at{};
  bool started = false;
  void* shadow = nullptr;
  std::unique_ptr<char[]> stack = std::make_unique<char[]>(kStackBytes);
};

class Scheduler {
 public:
  void run(unsigned threads,
           const std::function<void(unsigned)>& enter,
           const std::function<void()>& body) {
    enter_ = &enter;
    body_ = &body;
    threads_ = threads;
    next_ = 0;
    waiting_.assign(threads, nullptr);
    while (next_ < threads_) go_on(take());
    while (const unsigned count = waiting()) {
      if (count != threads) {
        waiting_.clear();
        throw std::logic_error("some threads of a block reach a barrier that others do not");
      }
      auto all = std::exchange(waiting_, std::vector<std::shared_ptr<Fibre>>(threads));
      for (unsigned turn = 0; turn < threads; ++turn) {
        now_ = thread_of(turn);
        enter(now_);
        go_on(std::move(all[now_]));
      }
    }
  }

  void synchronise() {
    waiting_[now_] = running_;
    leave();
  }

  void descend(bool descending) { descending_ = descending; }

 private:
  unsigned thread_of(unsigned turn) const { return descending_ ? threads_ - 1 - turn : turn; }

  unsigned waiting() const {
    unsigned count = 0;
    for (const auto& fibre : waiting_) count += fibre != nullptr ? 1 : 0;
    return count;
  }

  std::shared_ptr<Fibre> take() {
    if (!idle_.empty()) {
      auto fibre = std::move(idle_.back());
      idle_.pop_back();
      return fibre;
    }
    auto fibre = std::make_shared<Fibre>();
    getcontext(&fibre->start);
    fibre->start.uc_stack.ss_sp = fibre->stack.get();
    fibre->start.uc_stack.ss_size = kStackBytes;
    makecontext(&fibre->start, &Scheduler::serve, 0);
    return fibre;
  }

  /// On `fibre`, until it leaves: to a barrier, or with nothing more to do.
  void go_on(std::shared_ptr<Fibre> fibre) {
    running_ = std::move(fibre);
    begin_switch(&shadow_, running_->stack.get(), kStackBytes);
    if (_setjmp(home_) == 0) {
      if (running_->started) _longjmp(running_->at, 1);
      running_->started = true;
      setcontext(&running_->start);
    }
    end_switch(shadow_, nullptr, nullptr);
    if (failure_ != nullptr) {
      waiting_.clear();  // fibres with half a thread on them are of no use to anyone
      std::rethrow_exception(std::exchange(failure_, nullptr));
    }
    if (waiting_[now_] != running_) idle_.push_back(std::move(running_));
  }

  /// Back to go_on(), until that comes here again.
  void leave() {
    begin_switch(&running_->shadow, bottom_, size_);
    if (_setjmp(running_->at) == 0) _longjmp(home_, 1);
    end_switch(running_->shadow, &bottom_, &size_);
  }

  /// What every fibre does: the threads that have not begun, one after the other, until one of them
  /// waits; that one goes on here in a later turn.
  static void serve();

  jmp_buf home_{};
  void* shadow_ = nullptr;
  const void* bottom_ = nullptr;  // of the stack that run() was called on
  std::size_t size_ = 0;
  const std::function<void(unsigned)>* enter_ = nullptr;
  const std::function<void()>* body_ = nullptr;
  unsigned threads_ = 0, next_ = 0, now_ = 0;
  bool descending_ = false;
  std::vector<std::shared_ptr<Fibre>> waiting_;  // a thread
  std::vector<std::shared_ptr<Fibre>> idle_;
  std::shared_ptr<Fibre> running_;
  std::exception_ptr failure_;
};

Scheduler scheduler;

void Scheduler::serve() {
  Scheduler& own = scheduler;
  end_switch(nullptr, &own.bottom_, &own.size_);
  for (;;) {
    try {
      while (own.next_ < own.threads_) {
        own.now_ = own.thread_of(own.next_++);
        (*own.enter_)(own.now_);
        (*own.body_)();
      }
    } catch (...) {
      own.failure_ = std::current_exception();
    }
    own.leave();
  }
}

}  // namespace

void EmulatedBlock::run(unsigned threads,
                        const std::function<void(unsigned)>& enter,
                        const std::function<void()>& body) {
  scheduler.run(threads, enter, body);
}

void EmulatedBlock::synchronise() { scheduler.synchronise(); }

void EmulatedBlock::descend(bool descending) { scheduler.descend(descending); }

}  // namespace zo::testing
