#include "src/base/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace zo {
namespace {

TEST(ThreadPool, RunsEveryTaskExactlyOnce) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (const std::size_t tasks : {0, 1, 3, 1000}) {
      std::vector<std::atomic<int>> runs(tasks);
      pool.run(tasks, [&](std::size_t task, int worker) {
        EXPECT_GE(worker, 0);
        EXPECT_LT(worker, threads);
        ++runs[task];
      });
      for (const auto& count : runs) EXPECT_EQ(count, 1);
    }
  }
}

TEST(ThreadPool, StartsTasksInOrder) {
  ThreadPool pool(1);
  std::vector<std::size_t> order;
  pool.run(5, [&](std::size_t task, int) { order.push_back(task); });
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
}

TEST(ThreadPool, SharesWorkerNumbersAmongThreadsOneToOne) {
  ThreadPool pool(4);
  std::mutex mutex;
  std::vector<std::set<std::thread::id>> threads(4);
  for (int round = 0; round < 50; ++round) {
    pool.on_each([&](int worker) {
      const std::lock_guard lock(mutex);
      threads[static_cast<std::size_t>(worker)].insert(std::this_thread::get_id());
    });
  }
  std::set<std::thread::id> all;
  for (const auto& ids : threads) {
    EXPECT_EQ(ids.size(), 1u);
    all.insert(ids.begin(), ids.end());
  }
  EXPECT_EQ(all.size(), 4u);
  EXPECT_TRUE(threads[0].contains(std::this_thread::get_id()));
}

TEST(ThreadPool, CallsEachWorkerOnceARound) {
  ThreadPool pool(3);
  std::vector<std::atomic<int>> calls(3);
  for (int round = 0; round < 200; ++round) {
    pool.on_each([&](int worker) { ++calls[static_cast<std::size_t>(worker)]; });
  }
  for (const auto& count : calls) EXPECT_EQ(count, 200);
}

// Each task waits for the other, so both must be under way at once.
TEST(ThreadPool, WorksOnSeveralTasksAtATime) {
  ThreadPool pool(2);
  std::atomic<int> started{0};
  std::atomic<bool> late{false};
  pool.run(2, [&](std::size_t, int) {
    ++started;
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (started < 2 && !late) late = std::chrono::steady_clock::now() > limit;
  });
  EXPECT_FALSE(late);
}

TEST(ThreadPool, ThrowsTheExceptionOfATaskInTheCaller) {
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    for (const std::size_t bad : {0, 7, 99}) {
      try {
        pool.run(100, [&](std::size_t task, int) {
          if (task == bad) throw std::out_of_range("task " + std::to_string(task));
        });
        FAIL() << "no exception";
      } catch (const std::out_of_range& error) {
        EXPECT_EQ(error.what(), "task " + std::to_string(bad));
      }
    }
  }
}

TEST(ThreadPool, WorksOnAfterAnException) {
  ThreadPool pool(3);
  EXPECT_THROW(pool.on_each([](int) { throw std::runtime_error("all of them"); }),
               std::runtime_error);
  std::atomic<int> sum{0};
  pool.run(100, [&](std::size_t task, int) { sum += static_cast<int>(task); });
  EXPECT_EQ(sum, 4950);
}

TEST(AvailableThreads, CountsAtLeastOneAndNoMoreThanTheMachineHas) {
  EXPECT_GE(available_threads(), 1);
  EXPECT_LE(available_threads(), static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace zo
