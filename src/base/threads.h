#pragma once
#include <cstddef>
#include <functional>
#include <memory>

namespace zo {

/// Runs `work(task, worker)` for every task in [0, tasks), handed out in order to `threads` workers
/// (worker number in [0, threads), the caller's thread is worker 0). Returns when all are done; the
/// first exception thrown by a task is thrown again here. Results must not depend on the worker.
class ThreadPool {
 public:
  /// Throws Error(Run) where the system refuses so many threads.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  int size() const { return threads_; }
  void run(std::size_t tasks, const std::function<void(std::size_t task, int worker)>& work);
  /// Runs `work(worker)` once on every worker (to prepare each thread).
  void on_each(const std::function<void(int worker)>& work);

 private:
  struct Shared;
  int threads_;
  std::unique_ptr<Shared> shared_;
};

/// What --threads 0 means: the cores this process may use.
int available_threads();

}  // namespace zo
