#pragma once
#include <barrier>
#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "src/dist/communicator.h"

/// Ranks that are threads of the test, which exchange through memory.
namespace zo::testing {

class ThreadRanks {
 public:
  explicit ThreadRanks(int size) : meet_(size), told_(size) {}

  /// Runs `work` on every rank at once; throws what the first that failed threw.
  static void run(int size, const std::function<void(const Communicator&)>& work) {
    ThreadRanks shared(size);
    std::vector<std::exception_ptr> failures(size);
    {
      std::vector<std::jthread> threads;
      for (int r = 0; r < size; ++r) {
        threads.emplace_back([&, r] {
          const Rank rank(shared, r);
          try {
            work(rank);
          } catch (...) {
            failures[r] = std::current_exception();
          }
        });
      }
    }
    for (const auto& failure : failures) {
      if (failure) std::rethrow_exception(failure);
    }
  }

 private:
  class Rank final : public Communicator {
   public:
    Rank(ThreadRanks& shared, int rank)
        : Communicator(rank, static_cast<int>(shared.told_.size()), rank), shared_(shared) {}
    using Communicator::gather;
    std::vector<double> gather(std::span<const double> mine,
                               std::span<const int> counts) const override {
      shared_.told_[rank()] = {mine.begin(), mine.end()};
      shared_.meet_.arrive_and_wait();
      std::vector<double> all;
      for (int r = 0; r < size(); ++r) {
        if (static_cast<int>(shared_.told_[r].size()) != counts[r]) std::terminate();
        all.insert(all.end(), shared_.told_[r].begin(), shared_.told_[r].end());
      }
      shared_.meet_.arrive_and_wait();
      return all;
    }
    void abort(int) const override { std::terminate(); }

   private:
    ThreadRanks& shared_;
  };

  std::barrier<> meet_;
  std::vector<std::vector<double>> told_;
};

}  // namespace zo::testing
