#include "src/base/threads.h"

#include <sched.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "src/base/error.h"

namespace zo {

struct ThreadPool::Shared {
  std::mutex mutex;
  std::condition_variable wake, done;
  std::uint64_t round = 0;
  int busy = 0;
  bool stop = false;
  const std::function<void(int)>* work = nullptr;
  std::exception_ptr failure;
  std::vector<std::thread> workers;

  void guarded(const std::function<void(int)>& body, int worker) {
    try {
      body(worker);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  }

  void end() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    wake.notify_all();
    for (auto& worker : workers) worker.join();
  }

  void loop(int worker) {
    std::uint64_t seen = 0;
    for (;;) {
      const std::function<void(int)>* body = nullptr;
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return stop || round != seen; });
        if (stop) return;
        seen = round;
        body = work;
      }
      guarded(*body, worker);
      const std::lock_guard lock(mutex);
      if (--busy == 0) done.notify_one();
    }
  }
};

ThreadPool::ThreadPool(int threads) : threads_(threads), shared_(std::make_unique<Shared>()) {
  for (int worker = 1; worker < threads_; ++worker) {
    try {
      shared_->workers.emplace_back([this, worker] { shared_->loop(worker); });
    } catch (const std::system_error& error) {
      shared_->end();
      fail_run("--threads: thread {} of {} cannot be started: {}; use fewer",
               worker + 1,
               threads_,
               error.code().message());
    }
  }
}

ThreadPool::~ThreadPool() { shared_->end(); }

void ThreadPool::on_each(const std::function<void(int)>& work) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->work = &work;
    shared_->busy = threads_ - 1;
    shared_->failure = nullptr;
    ++shared_->round;
  }
  shared_->wake.notify_all();
  shared_->guarded(work, 0);
  std::unique_lock lock(shared_->mutex);
  shared_->done.wait(lock, [&] { return shared_->busy == 0; });
  if (shared_->failure) std::rethrow_exception(shared_->failure);
}

void ThreadPool::run(std::size_t tasks, const std::function<void(std::size_t, int)>& work) {
  std::atomic<std::size_t> next{0};
  on_each([&](int worker) {
    for (std::size_t task = next++; task < tasks; task = next++) work(task, worker);
  });
}

int available_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return CPU_COUNT(&set) > 0 ? CPU_COUNT(&set) : 1;
}

}  // namespace zo
