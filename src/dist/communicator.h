#pragma once
#include <memory>
#include <span>
#include <vector>

namespace zo {

/// The processes ("ranks") of one run. All of them call the same members in the same order.
class Communicator {
 public:
  virtual ~Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  /// Among the ranks of the same host, from 0.
  int local_rank() const { return local_rank_; }
  bool is_first() const { return rank_ == 0; }

  /// The numbers of every rank, in order of the ranks: counts[r] from rank r; `mine` holds this
  /// rank's. Throws Error(Run) when they cannot be exchanged.
  virtual std::vector<double> gather(std::span<const double> mine,
                                     std::span<const int> counts) const = 0;
  /// One number of every rank.
  std::vector<double> gather(double mine) const;
  /// Ends all ranks at once with exit code `code`; for one that cannot go on while others wait.
  virtual void abort(int code) const = 0;

 protected:
  Communicator(int rank, int size, int local_rank)
      : rank_(rank), size_(size), local_rank_(local_rank) {}

 private:
  int rank_, size_, local_rank_;
};

/// This process alone.
const Communicator& one_process();

/// How many processes the launcher of this one (mpirun, srun) has started together; 1 without.
int launched_ranks();

/// Joins them. Without a launcher: this process alone. Throws Error(Usage) where this build has no MPI,
/// and where MPI sees other ranks than the launcher has started.
std::unique_ptr<Communicator> open_communicator();

}  // namespace zo
